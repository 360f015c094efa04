"""Ruff's linter and formatter; the backend that Pants 2.17 ships speaks to the ruff of 2022."""
