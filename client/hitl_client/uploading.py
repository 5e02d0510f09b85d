"""A folder into a project. Begun again, it goes on: what is there by its hash is not sent again."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from .client import Client
from .errors import ApiError
from .shapes import Uploaded

IMAGES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"}
OTHERS = {".zip", ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"}
CHUNK_BYTES = 1 << 20
OF_THE_FILE = {413, 422}
"""Statuses that say something of one file; others concern all of them."""


@dataclass(slots=True)
class Tally:
    """How far it is. ``refused``: name and reason of each file that the server did not take."""

    total: int = 0
    added: int = 0
    there: int = 0
    queued: int = 0
    bytes: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.added + self.there + self.queued + len(self.refused)


def files_in(folder: Path) -> list[Path]:
    """Images, archives and videos below the folder, in order; links that lead elsewhere are left alone."""
    if folder.is_file():
        return [folder]
    wanted = IMAGES | OTHERS
    found = (one for one in folder.rglob("*") if one.suffix.lower() in wanted)
    return sorted(one for one in found if one.is_file() and not one.is_symlink())


def md5_of(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """What the server said of one file: taken, or ``refused`` with a reason."""

    path: Path
    size: int
    uploaded: Uploaded | None
    refused: str = ""


Step = Callable[[Tally], None]


def upload_folder(
    client: Client, project: int, folder: Path, *, at_once: int = 2, on_step: Step = lambda tally: None
) -> Tally:
    """Raises Unreachable, and ApiError for what concerns all files, such as a token that does not hold."""
    files = files_in(folder)
    tally = Tally(total=len(files))
    known = {frame.original_md5 for frame in client.frames(project)} if files else set()
    waiting: set[Future[Sent]] = set()
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for path in fresh(files, known, tally, on_step):
                if len(waiting) >= at_once:
                    waiting = settled(waiting, tally, on_step)
                waiting.add(pool.submit(send, client, project, path))
            while waiting:
                waiting = settled(waiting, tally, on_step)
        finally:
            for one in waiting:
                one.cancel()
    return tally


def fresh(files: list[Path], known: set[str], tally: Tally, on_step: Step) -> Iterator[Path]:
    """Those that the project does not have, and each content once."""
    for path in files:
        if path.suffix.lower() in IMAGES:
            digest = md5_of(path)
            if digest in known:
                tally.there += 1
                on_step(tally)
                continue
            known.add(digest)
        yield path


def send(client: Client, project: int, path: Path) -> Sent:
    size = path.stat().st_size
    try:
        return Sent(path, size, client.upload(project, path))
    except ApiError as error:
        if error.status not in OF_THE_FILE:
            raise
        return Sent(path, size, None, error.detail)


def settled(waiting: set[Future[Sent]], tally: Tally, on_step: Step) -> set[Future[Sent]]:
    """Counts those that have ended, at least one, and gives the others. Raises what it raised."""
    done, running = wait(waiting, return_when=FIRST_COMPLETED)
    for one in done:
        count(one.result(), tally)
    on_step(tally)
    return running


def count(sent: Sent, tally: Tally) -> None:
    """In one thread alone."""
    uploaded = sent.uploaded
    if uploaded is None:
        tally.refused.append((str(sent.path), sent.refused))
        return
    tally.bytes += sent.size
    if uploaded.job is not None:
        tally.queued += 1
        tally.jobs.append(uploaded.job.id)
    elif uploaded.outcome == "added":
        tally.added += 1
    else:
        tally.there += 1
