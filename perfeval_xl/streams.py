"""Standard streams: there, whoever started the program, and in UTF-8. Standard library only."""

from __future__ import annotations

import os
import sys


def stand_in() -> None:
    """Streams that lead nowhere for those the program was started without, as services and scheduled tasks do.

    A file opened later would otherwise take the number of a stream, and get what other libraries and programs write there.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # the lowest one that is free
        os.set_inheritable(descriptor, True)  # noqa: FBT003  # as it is defined; programs that this one starts shall have it, too
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # no file of ours; it lasts as long as the program


def in_utf8() -> None:
    """What is written is UTF-8, whatever the system's code page; what that cannot write is replaced."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not where a test or another program put its own there
            stream.reconfigure(encoding="utf-8", errors="replace")
