"""``python -m annotate.supervised <parent pid> <command> ...``: become the command, end when the parent does.

A program of its own instead of a ``preexec_fn``, which runs Python between fork and exec and can deadlock.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  (the command line is our own)


if __name__ == "__main__":
    main()
