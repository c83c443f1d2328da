"""`python -m neurosim.lab FILE [options]`: an experiment file that need not end with a call of main."""

import sys

if __name__ == "__main__":
    try:
        from neurosim.lab.command import main
    except KeyboardInterrupt:  # while everything is still being imported
        sys.exit(130)
    if len(sys.argv) < 2:
        print(
            "error: give the experiment file, as in: python -m neurosim.lab experiments/NAME.py --quick",
            file=sys.stderr,
        )
        sys.exit(2)
    main(sys.argv[1], sys.argv[2:])
