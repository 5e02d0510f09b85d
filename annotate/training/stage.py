"""What all stages have in common: ``python -m annotate.training.<name>`` in the folder of params.yaml."""

import errno
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..ai.priority import yield_to_everyone
from . import params, problems
from .machine import Sampling
from .params import Params
from .problems import Problem
from .progress import Progress

REFUSED = 3


@dataclass(frozen=True, slots=True)
class Run:
    """``folder``: where params.yaml is; every other path starts there."""

    folder: Path
    params: Params
    progress: Progress

    @property
    def dataset(self) -> Path:
        return self.folder / "data" / "dataset"

    @property
    def scratch(self) -> Path:
        """What outlives a killed run and is no result."""
        return self.folder / ".training"

    @property
    def weights(self) -> Path:
        return self.folder / "models" / "best.pt"

    @property
    def onnx(self) -> Path:
        return self.folder / "models" / "best.onnx"

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics"

    @property
    def plots(self) -> Path:
        return self.folder / "plots"

    @property
    def samples(self) -> Path:
        return self.folder / "samples"


def main(name: str, work: Callable[[Run], None]) -> None:
    """Runs the stage; ends the process with a sentence on standard error where it refuses."""
    folder = Path.cwd()
    problems.forget(folder)
    yield_to_everyone()
    try:
        _understood(folder, name, work)
    except Problem as problem:
        problem.write(folder)
        sys.stderr.write(f"{problem}\n")
        sys.exit(REFUSED)


def _understood(folder: Path, name: str, work: Callable[[Run], None]) -> None:
    """Raises Problem for all that is foreseen."""
    progress = Progress(folder, name)
    progress.say(state="started")
    try:
        with Sampling(folder, name):
            work(Run(folder, params.read(folder / params.FILE_NAME), progress))
    except MemoryError as error:
        raise Problem("out_of_memory", limit="RAM") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Problem("disk_full") from error
        raise
    progress.say(state="finished")
