"""Tells whether Pants can run on this Python: prints "VERSION PATH", or exits with the reason.

Any Python may be asked, so this has to parse under Python 2 as well.
"""

import sys

v = sys.version_info
if v[0] != 3 or not 7 <= v[1] <= 9:
    sys.exit("it is Python %d.%d.%d, Pants needs 3.7, 3.8 or 3.9" % v[:3])
if sys.implementation.name != "cpython":
    sys.exit("it is %s, Pants needs CPython" % sys.implementation.name)
for module in ("ssl", "zlib", "venv", "ensurepip"):
    try:
        __import__(module)
    except ImportError:
        hint = " (Debian: install python3.%d-venv)" % v[1] if module == "ensurepip" else ""
        sys.exit("its module %s is missing%s" % (module, hint))
print("%d.%d.%d %s" % (v[0], v[1], v[2], sys.executable))
