"""The Hypothesis state machine: rules made of tests.fuzz.actions."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from .actions import ACTIONS
from .node import NodeBrowsers
from .session import Session
from .walk import Start, do, started


class LiveEditing(RuleBasedStateMachine):
    """2 to 5 tabs and 1 to 3 server processes; after each example everything is healed, drained and checked."""

    node: NodeBrowsers

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._session: Session | None = None

    @initialize(
        seed=st.integers(0, 2**32 - 1),
        processes=st.sampled_from((2, 1, 3)),
        tabs=st.integers(2, 4),
        pace=st.sampled_from((0.03, 0.0, 0.3)),
    )
    def begin(self, seed: int, processes: int, tabs: int, pace: float) -> None:
        start = Start(seed, processes, tabs, pace)
        self._session = self._stack.enter_context(started(self.node, start))

    @property
    def session(self) -> Session:
        assert self._session is not None
        return self._session

    def teardown(self) -> None:
        with self._stack:
            if self._session is not None:
                self._session.finish()


def machine_of(node: NodeBrowsers, names: Iterable[str] = tuple(ACTIONS)) -> type[LiveEditing]:
    """A machine with these actions; weighty ones have several rules."""
    members: dict[str, Any] = {"node": node}
    for name in names:
        for copy in range(ACTIONS[name].weight):
            members[f"{name}_{copy}" if copy else name] = _rule_of(name)
    return type("LiveEditing", (LiveEditing,), members)


def _rule_of(name: str) -> Any:
    def step(self: LiveEditing, **arguments: Any) -> None:
        do(self.session, (name, arguments))

    step.__name__ = name
    make: Callable[..., Any] = rule  # its overloads do not admit rules whose arguments are data
    choices = ACTIONS[name].choices.items()
    return make(**{argument: st.sampled_from(values) for argument, values in choices})(step)
