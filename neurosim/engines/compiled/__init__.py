"""The engine in machine code, equal to Brian2 bit for bit."""

from neurosim.engines.compiled.engine import Compiled as Compiled
