"""Lockfiles that ship with the plugin."""
