"""Starts the components of AI Coder Assistant; standard library only, so that it starts fast."""
