"""Reads the words of a command line; a mistake is one sentence, and an unknown option is told the nearest one."""

import argparse
from typing import Any, NoReturn

from neurosim.params import ParameterError
from neurosim.registry import unknown_name


class Reader(argparse.ArgumentParser):
    """An argument parser that raises ParameterError in place of leaving the program."""

    def error(self, message: str) -> NoReturn:
        """Raise the message."""
        raise ParameterError(f"{self.prog}: {message}")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The parsed words.

        Raises:
            ParameterError: a word that does not belong there; an option that has no such name is told the nearest.
        """
        given, left = self.parse_known_args(args, namespace)
        if left:
            option = left[0].partition("=")[0]
            if option.startswith("-"):
                known = [name for action in self._actions for name in action.option_strings if name.startswith("--")]
                raise unknown_name(f"option of {self.prog}", option, known)
            self.error(f"unrecognized arguments: {' '.join(left)}")
        return given


def reader(program: str) -> Reader:
    """A reader for the words after `program`."""
    return Reader(prog=program, allow_abbrev=False)
