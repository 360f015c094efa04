"""The programs that run inside every frozen executable: first `importer`, last `entry`.

The linker puts their source into the executable. They are not imported from this package.
"""
