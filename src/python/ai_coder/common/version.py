"""The one version of AI Coder Assistant; every component prints it for ``--version``."""

__version__ = "1.0.0"
