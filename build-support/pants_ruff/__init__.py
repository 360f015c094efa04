"""Ruff's linter and formatter in ``lint`` and ``fmt``; Pants 2.17 ships a ruff backend for 2022's CLI."""
