"""Random walks through the actions: one seed is one example, and can be played again and made short."""

import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from .actions import ACTIONS
from .node import NodeBrowsers
from .session import Session

Step: TypeAlias = tuple[str, dict[str, Any]]
STEPS = 80


@dataclass(frozen=True)
class Start:
    seed: int
    processes: int
    tabs: int
    pace: float
    """Seconds that pass after each step."""


@dataclass(frozen=True)
class Walk:
    start: Start
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines = [f"    {_call(name, arguments)}," for name, arguments in self.steps]
        return "\n".join([f"Walk({self.start}, (", *lines, "))"])


def _call(name: str, arguments: dict[str, Any]) -> str:
    return f'("{name}", {arguments})'


def walk_of(seed: int, *, names: Iterable[str] = tuple(ACTIONS), length: int = STEPS) -> Walk:
    """Everything is chosen beforehand, by the seed alone. Each walk has moods: it favours some actions and never
    does some others, so that rare things also happen often in some walk."""
    dice = random.Random(seed)
    start = Start(seed, dice.choice((1, 2, 2, 3)), dice.randint(2, 4), dice.choice((0.0, 0.03, 0.03, 0.3)))
    moods = {name: ACTIONS[name].weight * dice.choice((0, 1, 1, 4)) for name in names}
    chosen = dice.choices(list(moods), weights=[mood + 0.01 for mood in moods.values()], k=length)
    return Walk(start, tuple((name, _arguments(name, dice)) for name in chosen))


def _arguments(name: str, dice: random.Random) -> dict[str, Any]:
    return {argument: dice.choice(values) for argument, values in ACTIONS[name].choices.items()}


@contextmanager
def started(node: NodeBrowsers, start: Start) -> Iterator[Session]:
    """A session in which there are some boxes already."""
    with Session.opened(node, seed=start.seed, processes=start.processes, tabs=start.tabs) as session:
        session.pace = start.pace
        session.world.advance(0.5)
        for tab in range(start.tabs):
            do(session, ("create", {"tab": tab, "x": 30 * tab, "y": 20, "width": 30, "label": 0}))
        do(session, ("propose", {"x": 100, "y": 60, "told": True}))
        yield session


def do(session: Session, step: Step) -> None:
    name, arguments = step
    session.world.trace(f"--- {_call(name, arguments)}")
    ACTIONS[name].run(session, **arguments)
    session.world.advance(session.pace)


def play(node: NodeBrowsers, walk: Walk) -> None:
    """Raises AssertionError where a promise is broken."""
    with started(node, walk.start) as session:
        for step in walk.steps:
            do(session, step)
        session.finish()


def shortened(node: NodeBrowsers, walk: Walk, failure: str, *, seconds: float) -> Walk:
    """Leaves out steps as long as the same promise (the first word of ``failure``) is broken."""
    deadline = time.monotonic() + seconds
    size = len(walk.steps) // 2
    while size and time.monotonic() < deadline:
        position = 0
        while position < len(walk.steps) and time.monotonic() < deadline:
            steps = walk.steps[:position] + walk.steps[position + size :]
            shorter = Walk(walk.start, steps)
            if failure_of(node, shorter).split(" ")[0] == failure.split(" ")[0]:
                walk = shorter
            else:
                position += size
        size //= 2
    return walk


def failure_of(node: NodeBrowsers, walk: Walk) -> str:
    """What goes wrong in a walk; empty when nothing does."""
    try:
        play(node, walk)
    except AssertionError as error:
        return str(error)
    return ""
