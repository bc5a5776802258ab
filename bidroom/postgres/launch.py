"""What runs between the supervisor's fork and the server: this file becomes PostgreSQL.

    python -I -S launch.py PARENT UID GID PROGRAM ARGUMENT…

A program of its own rather than a `preexec_fn`, because running Python between fork and exec
in a process that has threads can deadlock. It gives up root, asks the kernel to be told to
stop (SIGINT: a fast shutdown) when its supervisor dies however it dies, and turns into PROGRAM.
UID -1 keeps the user.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def main(parent: int, uid: int, gid: int, command: list[str]) -> None:
    if uid != -1:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After the change of user, which would clear it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked to be told
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
