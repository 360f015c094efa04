"""`python -m ai_coder.web`."""

from ai_coder.web.main import main

if __name__ == "__main__":
    raise SystemExit(main())
