"""`neurosim` and `python -m neurosim`."""

import sys

from neurosim.lab.cli import entry
from neurosim.report import build_report


def main() -> None:
    """The command; does not return."""
    sys.exit(entry(sys.argv[1:], build_report))


if __name__ == "__main__":
    main()
