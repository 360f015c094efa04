"""`python -m ai_coder.scanner`."""

from ai_coder.scanner.main import main

if __name__ == "__main__":
    raise SystemExit(main())
