"""A worker that is killed at a place that is known beforehand: a process of its own that ends as kill -9 ends it."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections

Place = tuple[Any, str]
"""Who has the function, and its name."""


class Killer:
    """Ends the process before or after the ``at``-th call of one of the functions that are watched; -1: never."""

    def __init__(self, at: int = -1) -> None:
        self.at = at
        self.passed: list[str] = []

    def step(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) == self.at:
            os._exit(9)

    def around(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self.step(f"before {name}")
            result = function(*args, **kwargs)
            self.step(f"after {name}")
            return result

        return watched

    def install(self, places: Iterable[Place]) -> None:
        """For good: only in a process that will not outlive it."""
        for owner, name in places:
            setattr(owner, name, self.around(getattr(owner, name), name))


def in_a_process(work: Callable[[], object]) -> int:
    """The exit code of a process of its own; what it patches is gone with it."""
    for connection in connections.all(initialized_only=True):  # a child that shares them would break them
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001  (whatever it is, the test of the parent must not go on in here)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def places_passed(work: Callable[[], object], places: Iterable[Place]) -> list[str]:
    """Where a worker could be killed while it does this, in order. It really does it, in a process of its own."""
    read, write = os.pipe()

    def count() -> None:
        killer = Killer()
        killer.install(places)
        work()
        os.write(write, "\n".join(killer.passed).encode())

    assert in_a_process(count) == 0
    os.close(write)
    with os.fdopen(read) as said:
        return said.read().split("\n")
