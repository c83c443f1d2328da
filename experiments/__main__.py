"""`python -m experiments list | run | report`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    try:
        from neurosim.lab.collection import collection_main
        from neurosim.report import build_report
    except KeyboardInterrupt:  # while everything is still being imported
        sys.exit(130)
    sys.exit(collection_main(Path(__file__).parent, sys.argv[1:], build_report))
