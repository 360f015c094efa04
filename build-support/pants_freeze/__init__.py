"""A Pants backend that freezes Python programs into executables. The public parts are targets."""
