"""Walks that once led to a fault of the product, made short or written by hand. Each must end well for ever."""

from .walk import Start, Step, Walk

TWO = Start(seed=1, processes=2, tabs=2, pace=0.0)
RELOAD: Step = "reload_tab", {"tab": 0, "crash": False, "loses": False}
APART: tuple[Step, ...] = (
    ("route", {"tab": 0, "process": 0}),
    ("route", {"tab": 1, "process": 1}),
    RELOAD,
    ("reload_tab", {"tab": 1, "crash": False, "loses": False}),
    ("wait", {"seconds": 1.1}),
)
"""Two tabs on two processes."""
LOSE_SOCKET: Step = (
    "drop_socket",
    {"tab": 0, "up": 0, "down": 0, "server_hears": True, "tab_hears": True},
)


def resize(tab: int, to: int, edge: str = "x2", box: int = 0) -> Step:
    return "resize", {"tab": tab, "box": box, "edge": edge, "to": to}


def wait(seconds: float) -> Step:
    return "wait", {"seconds": seconds}


def bus(mode: str) -> Step:
    return "turn_bus", {"mode": mode}


def hold(tab: int, *, up: bool = False, down: bool = False) -> Step:
    return "hold_messages", {"tab": tab, "up": up, "down": down}


PINNED = {
    # Operations of a log that was put back were still on the bus, and continued the new one.
    "old operations on the bus after a restore": Walk(
        TWO,
        (*APART, ("back_up", {}), bus("held"), resize(0, 70), wait(0.25), ("restore", {}), wait(6), bus("fine")),
    ),
    # A hub that lags welcomed a client with `last` beyond `head`: its own edit went off the screen for a moment.
    "welcomed by a process that lags": Walk(
        TWO,
        (
            *APART, bus("held"), hold(0, down=True), resize(0, 70), ("route", {"tab": 0, "process": 1}),
            RELOAD, wait(0.25), wait(1.1),
        ),
    ),
    # An answer that nothing was to be done came before the news of why: the box was back for a moment.
    "deleting what is deleted already": Walk(
        TWO, (*APART, bus("held"), ("remove", {"tab": 0, "box": 0}), ("remove", {"tab": 1, "box": 0}), wait(1.1))
    ),
    # A claim that was late on the bus closed the newer socket of the same tab, which then took another id and sent
    # what was on its way once more.
    "a late claim": Walk(
        TWO,
        (
            *APART, bus("held"), RELOAD, wait(0.25),
            ("route", {"tab": 0, "process": 1}), LOSE_SOCKET, wait(0.25), ("database_outage", {"seconds": 0.3}),
            resize(0, 70), bus("fine"), wait(6),
        ),
    ),
    # A box of the model that was restored belonged to whoever restored it, for those who had not known it.
    "a restored box of the model": Walk(
        Start(seed=6, processes=1, tabs=2, pace=0.03),
        (
            ("remove", {"tab": 0, "box": 2}), ("kill", {"process": 0}), wait(1.1),
            ("reload_tab", {"tab": 1, "crash": False, "loses": False}), ("undo", {"tab": 0}),
        ),
    ),
    # A tab that slept was taken for dead; both went on with one client id, and one edit of the two got the answer
    # of the other.
    "a tab taken for dead": Walk(
        Start(seed=185, processes=1, tabs=2, pace=0.03),
        (
            ("open_tab", {"browser": 1}),
            ("drop_socket", {"tab": 2, "up": 2, "down": 0, "server_hears": False, "tab_hears": False}),
            ("skew_clock", {"tab": 4, "seconds": 3600}),
            ("resize", {"tab": 2, "box": 2, "edge": "y2", "to": 110}),
            ("reload_tab", {"tab": 1, "crash": True, "loses": True}),
            ("remove", {"tab": 2, "box": 1}),
            ("move", {"tab": 1, "box": 3, "dx": 30, "dy": -8}),
        ),
    ),
    # The bus was away when the last tab left: the process listened to the frame for ever.
    "leaving while the bus is away": Walk(
        TWO, (bus("dead"), ("end_tab", {"tab": 0, "crash": False}), ("set_role", {"user": 1, "role": None}), wait(6))
    ),
    # An answer that waits for its operation, when the log is put back to before it.
    "answered, then put back": Walk(
        TWO,
        (
            *APART, ("back_up", {}), ("cut_database", {"cut": "lost after", "times": 1}), resize(0, 70), wait(0.25),
            ("restore", {}), wait(6),
        ),
    ),
}  # fmt: skip
