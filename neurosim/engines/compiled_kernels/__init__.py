"""The machine code of the compiled engine; Numba is imported with `kernels`, on the first run and not before."""
