"""What a killed training goes on from. A file of weights has its name only when it is whole, and ``state.json`` names
the files of one moment, so a kill at any time leaves the moment before.
"""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from ..ai.hashes import sha256_of
from . import files

STATE = "state.json"
Row = dict[str, int | float]


class State(msgspec.Struct):
    """``digest``: of all that decides the result. ``epoch``: how many are done. ``last`` and ``best``: sha256 of files.

    ``rows``: what was measured after each epoch. ``seconds``: spent on them. ``stopped``: "" while it may go on, else
    why it ended: "finished", "patience" or "time".
    """

    digest: str
    epoch: int = 0
    last: str = ""
    best: str = ""
    best_epoch: int = 0
    rows: list[Row] = msgspec.field(default_factory=list)
    seconds: float = 0.0
    stopped: str = ""


class Checkpoints:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.pt"

    def load(self, digest: str) -> State:
        """What is there for exactly this training, or a fresh start, which forgets everything else. Raises OSError."""
        state = self._stored()
        if state is not None and state.digest == digest and self._is_whole(state):
            return state
        for path in self._folder.iterdir():
            path.unlink()
        return State(digest)

    def keep(self, state: State, weights: bytes, *, is_best: bool) -> None:
        """After an epoch. Raises OSError."""
        state.last = hashlib.sha256(weights).hexdigest()
        files.write_bytes(self.path(state.last), weights)
        if is_best:
            state.best, state.best_epoch = state.last, state.epoch
        self.save(state)

    def save(self, state: State) -> None:
        """Raises OSError."""
        files.write_bytes(self._folder / STATE, msgspec.json.encode(state))
        for path in self._folder.glob("*.pt"):
            if path.stem not in (state.last, state.best):
                path.unlink(missing_ok=True)

    def _stored(self) -> State | None:
        try:
            return msgspec.json.decode((self._folder / STATE).read_bytes(), type=State)
        except (OSError, msgspec.MsgspecError):
            return None

    def _is_whole(self, state: State) -> bool:
        return all(_sha256(self.path(name)) == name for name in {state.last, state.best} - {""})


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return ""


def digest_of(values: Any) -> str:
    """Of anything that is JSON."""
    return hashlib.sha256(msgspec.json.encode(values, order="deterministic")).hexdigest()
