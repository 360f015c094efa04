"""Run the desktop application: ``python -m ai_coder.core``."""

import sys

from ai_coder.core.main import main

if __name__ == "__main__":
    sys.exit(main())
