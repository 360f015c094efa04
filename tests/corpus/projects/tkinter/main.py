"""Evaluates Tcl, with the scripts and encodings of its library; a window would need a display."""

import tkinter
from tkinter import font, messagebox, ttk


def main():
    tcl = tkinter.Tcl()
    print(tcl.eval("expr {6 * 7}"), tcl.call("string", "toupper", "ä"))
    print(tcl.eval("encoding convertto cp1252 ä") == "\xe4", tcl.eval("clock format 0 -gmt 1"))
    print(tcl.eval("package require msgcat") != "", tcl.splitlist("a {b c}"))
    print(issubclass(ttk.Button, tkinter.Widget), font.BOLD, messagebox.YES)
    try:
        tkinter.Tk()
    except tkinter.TclError as error:
        print(error)
