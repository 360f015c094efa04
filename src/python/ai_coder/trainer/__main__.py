"""`python -m ai_coder.trainer`."""

from ai_coder.trainer.main import main

if __name__ == "__main__":
    raise SystemExit(main())
