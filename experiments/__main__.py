"""`python -m experiments list | run | report`."""

import sys
from pathlib import Path

from neurosim.lab.collection import collection_main
from neurosim.report import build_report

if __name__ == "__main__":
    sys.exit(collection_main(Path(__file__).parent, sys.argv[1:], build_report))
