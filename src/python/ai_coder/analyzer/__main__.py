"""`python -m ai_coder.analyzer`."""

from ai_coder.analyzer.main import main

if __name__ == "__main__":
    raise SystemExit(main())
