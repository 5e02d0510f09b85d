"""git as a program: arguments as lists, nothing of this machine's settings, no hooks, nobody asked for a password."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

TIMEOUT_S = 120.0
IDENTITY = "HITL <hitl@localhost>"
"""Of every commit. Who asked for a version stands in its manifest, where no name can be taken for an option."""

OVERRIDES = {
    "core.hooksPath": "/dev/null",
    "core.fsync": "all",  # what is committed survives a power cut
    "core.autocrlf": "false",
    "core.quotePath": "true",
    "gc.auto": "0",
    "init.defaultBranch": "main",
    "tag.gpgSign": "false",
}


class GitMissing(Exception):
    """There is no git on this machine."""


class GitFailed(Exception):
    """git said no; the text is what it said."""


class Git:
    """The repository in ``folder``. ``keep_open``: descriptors (of a lock) that a running git holds as well, so that
    the lock outlives us as long as git does."""

    def __init__(self, folder: Path, keep_open: Sequence[int] = ()) -> None:
        self.folder = folder
        self.keep_open = tuple(keep_open)

    def run(self, *words: str, given: bytes = b"") -> bytes:
        """What it printed. Raises GitMissing, GitFailed, OSError."""
        place = [f"--git-dir={self.folder / '.git'}", f"--work-tree={self.folder}"]
        return run_git([*place, *settings_for(self.folder), *words], self.folder, given, self.keep_open)

    def text(self, *words: str) -> str:
        return self.run(*words).decode(errors="replace").strip()


def blob_name(data: bytes) -> str:
    """Git's own name of a file with this content."""
    return hashlib.sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def init_bare(folder: Path) -> None:
    """A repository without a folder of files, for others to clone. Raises GitMissing, GitFailed, OSError."""
    run_git([*settings_for(folder), "init", "--bare", "--quiet", "--template=", "--", str(folder)], folder)


def settings_for(folder: Path) -> list[str]:
    settings = {**OVERRIDES, "safe.directory": str(folder)}
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def run_git(words: Sequence[str], folder: Path, given: bytes = b"", keep_open: Sequence[int] = ()) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603  # fixed program, arguments are a list
            [program(), *words],
            input=given,
            capture_output=True,
            cwd=folder,
            env=environment(),
            timeout=TIMEOUT_S,
            pass_fds=keep_open,
        )
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"git took longer than {TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        raise GitFailed(f"git: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout


def program() -> str:
    """Raises GitMissing."""
    found = shutil.which("git")
    if found is None:
        raise GitMissing
    return found


def environment() -> dict[str, str]:
    """Nothing inherited but where programs are: no GIT_* of whoever started us, no settings of a person."""
    fixed = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "TZ": "UTC",
    }
    return {"PATH": os.environ.get("PATH", os.defpath), **fixed}
