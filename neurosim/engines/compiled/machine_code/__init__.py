"""The machine code of the compiled engine; Numba is imported with `stepping`, on the first run and not before."""
