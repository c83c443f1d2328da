"""The errors of whatever is wrong with a value from outside."""


class ParameterError(ValueError):
    """A value that a parameter cannot take."""


class UnknownNameError(ParameterError):
    """A name that nothing answers to; the message offers the nearest one."""


class DimensionError(TypeError):
    """A quantity with the wrong physical dimension, or something that is no number."""
