"""The programs that run in a Pants sandbox: freeze, link, archive.

They import nothing of Pants and nothing of the plugin, and run on CPython 3.9 to 3.13 with the
interpreter of the closure that they freeze. Each reads one JSON plan and writes one folder.
"""
