"""Run the launcher: ``python -m ai_coder.launcher``."""

import sys

from ai_coder.launcher.main import main

if __name__ == "__main__":
    sys.exit(main())
