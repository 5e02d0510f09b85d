"""Cuts this process off from the network, as far as its system lets it: what is in a file of weights may be a program.

A user namespace of its own keeps it away from the memory and the environment of other processes of the same account,
too. Files of that account stay in reach. Containers may forbid all this; then whoever started the process is told.
"""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

NEW_USER, NEW_NET = 0x10000000, 0x40000000
"""Of Linux's ``clone`` (linux/sched.h)."""


def cut_off() -> str:
    """Before anything is loaded that starts threads. Why it could not be done; empty where it was."""
    user, group = os.getuid(), os.getgid()
    problem = unshare(NEW_USER | NEW_NET)
    if not problem:
        keep_names(user, group)
        return ""
    return unshare(NEW_NET) and problem  # without a namespace for users only root may


def unshare(what: int) -> str:
    """Why not; empty where it was done."""
    try:
        call = ctypes.CDLL(None, use_errno=True).unshare
    except (AttributeError, OSError, TypeError):
        return "this system has no namespaces"
    return "" if call(what) == 0 else os.strerror(ctypes.get_errno())


def keep_names(user: int, group: int) -> None:
    """The account is called inside what it is called outside, for libraries that look it up."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with suppress(OSError):
            Path("/proc/self", name).write_text(text, encoding="ascii")
