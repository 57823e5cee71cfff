"""Run the command line: ``python -m sigdeconv``."""

import sys

from sigdeconv.cli import main

if __name__ == "__main__":
    sys.exit(main())
