"""A file system of a few megabytes that a test fills to the last byte."""

import os
import shutil
import subprocess
from pathlib import Path

BLOCK = 4096


class CannotMount(Exception):
    """Only root may, and not in every container."""


class SmallDisk:
    def __init__(self, folder: Path, *, megabytes: int) -> None:
        """Raises CannotMount."""
        self.folder = folder
        self.ballast = folder / "ballast"
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0 or shutil.which("mount") is None:
            raise CannotMount("mounting a file system needs root")
        words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            raise CannotMount(done.stderr.strip())

    def fill(self) -> None:
        with self.ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(BLOCK))
            except OSError:
                assert shutil.disk_usage(self.folder).free == 0

    def make_room(self) -> None:
        self.ballast.unlink()

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
