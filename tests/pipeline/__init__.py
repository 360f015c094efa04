"""The freezing pipeline: the plugin in a repository made for it, run by the real Pants."""
