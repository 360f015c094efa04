"""Calls the C library and a library by its name, with structures and a callback."""

import ctypes
import sys
from ctypes.util import find_library


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_double))


COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))


def main():
    libc = ctypes.CDLL("libc.so.6", use_errno=True)
    numbers = (ctypes.c_int * 4)(3, 1, 4, 1)
    libc.qsort(numbers, 4, ctypes.sizeof(ctypes.c_int), COMPARE(lambda a, b: a[0] - b[0]))
    print(list(numbers))
    assert libc.open(b"/nowhere", 0) == -1
    print(ctypes.get_errno())
    print(Point(1, 2.5).y, find_library("c"))
    libpcre = ctypes.CDLL("libpcre2-8.so.0")
    has_unicode = ctypes.c_uint32()
    assert libpcre.pcre2_config_8(9, ctypes.byref(has_unicode)) == 0
    print(has_unicode.value)
    # It came with the program: a user's system may lack it.
    with open("/proc/self/maps", encoding="utf-8") as maps:
        places = {line.split()[-1] for line in maps if "libpcre2" in line}
    print([place.startswith(sys._MEIPASS) for place in places])
