"""Everything that can happen, one function each. Arguments are small numbers: the fuzz draws them, a pinned example
writes them down."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from annotate.models import Box
from annotate.sync.operations import EDGES, Command

from .server import Moment
from .session import Session

Values: TypeAlias = range | tuple[Any, ...]

TABS = range(5)
BOXES = range(6)
X = range(-20, 230, 10)
Y = range(-20, 150, 10)
YES_NO = (False, True)
ACTIONS: dict[str, "Action"] = {}


@dataclass(frozen=True)
class Action:
    run: Callable[..., object]
    weight: int
    choices: dict[str, Values]


def action(weight: int = 1, **choices: Values) -> Callable[[Callable[..., object]], Callable[..., object]]:
    def register(function: Callable[..., object]) -> Callable[..., object]:
        ACTIONS[function.__name__] = Action(function, weight, choices)
        return function

    return register


# People at work


@action(weight=3, tab=TABS, x=X, y=Y, width=(4, 30), label=range(2))
def create(session: Session, tab: int, x: int, y: int, width: int, label: int) -> None:
    x1, y1 = session.fresh(x), session.fresh(y)
    session.act(tab, "create", x1, y1, x1 + width, y1 + width, session.world.site.labels[label])


@action(weight=2, tab=TABS, box=BOXES, dx=(-15, 4, 30), dy=(-8, 12))
def move(session: Session, tab: int, box: int, dx: int, dy: int) -> None:
    session.act(tab, "move", box, session.fresh(dx), session.fresh(dy))


@action(weight=4, tab=TABS, box=BOXES, edge=EDGES, to=X)
def resize(session: Session, tab: int, box: int, edge: str, to: int) -> None:
    session.act(tab, "set", box, {edge: session.fresh(to)})


@action(tab=TABS, box=BOXES, label=range(2))
def relabel(session: Session, tab: int, box: int, label: int) -> None:
    session.act(tab, "set", box, {"label": session.world.site.labels[label]})


@action(tab=TABS, box=BOXES)
def set_attributes(session: Session, tab: int, box: int) -> None:
    session.act(tab, "set", box, {"attributes": {"note": session.fresh(0), "é": True}})


@action(weight=2, tab=TABS, box=BOXES, status=("accepted", "rejected", "proposed"))
def verdict(session: Session, tab: int, box: int, status: str) -> None:
    session.act(tab, "set", box, {"status": status})


@action(weight=2, tab=TABS, box=BOXES, feedback=("positive", "negative", "neutral", ""))
def rate(session: Session, tab: int, box: int, feedback: str) -> None:
    """Both strict fields at once, as one key of the audit writes them; on a box of a person the store refuses it."""
    status = {"positive": "accepted", "negative": "rejected"}.get(feedback, "proposed")
    session.act(tab, "set", box, {"feedback": feedback, "status": status})


@action(weight=2, tab=TABS, feedback=("positive", "negative", "neutral", ""))
def rate_detection(session: Session, tab: int, feedback: str) -> None:
    """As a whole, with a note that tells whose word it is."""
    note = str(session.fresh(0)) if feedback else ""
    session.act(tab, "say", session.world.site.detection, feedback, note)


@action(tab=TABS, box=BOXES, label=range(2))
def set_two(session: Session, tab: int, box: int, label: int) -> None:
    """Two boxes in one gesture."""
    session.act(tab, "setTwo", box, {"label": session.world.site.labels[label], "z": session.fresh(0)})


@action(tab=TABS, box=BOXES, edge=EDGES, to=X)
def nudge(session: Session, tab: int, box: int, edge: str, to: int) -> None:
    """An arrow key held down: many edits in one gesture."""
    session.act(tab, "nudge", box, edge, [session.fresh(to) for _ in range(3)])


@action(weight=2, tab=TABS, box=BOXES)
def remove(session: Session, tab: int, box: int) -> None:
    session.act(tab, "remove", box)


@action(weight=3, tab=TABS)
def undo(session: Session, tab: int) -> None:
    session.act(tab, "undo")


@action(weight=2, tab=TABS)
def redo(session: Session, tab: int) -> None:
    session.act(tab, "redo")


@action(tab=TABS, notice=range(2))
def keep_mine(session: Session, tab: int, notice: int) -> None:
    """The answer to a stale or deleted box: do mine again, or bring it back."""
    session.act(tab, "keepMine", notice)


@action(tab=TABS)
def dismiss(session: Session, tab: int) -> None:
    session.act(tab, "dismiss")


@action(tab=TABS, box=BOXES, edge=EDGES, to=X, committed=YES_NO)
def drag(session: Session, tab: int, box: int, edge: str, to: int, committed: bool) -> None:
    session.act(tab, "drag", box, edge, [session.fresh(to), session.fresh(to)], committed)


@action(tab=TABS)
def drop_dragged(session: Session, tab: int) -> None:
    session.act(tab, "drop")


@action(tab=TABS, box=BOXES)
def point(session: Session, tab: int, box: int) -> None:
    session.act(tab, "cursor", session.fresh(10), 20)
    session.act(tab, "select", box)


# Tabs and browsers


@action(browser=range(3))
def open_tab(session: Session, browser: int) -> None:
    session.open_tab(browser)


@action(tab=TABS)
def duplicate_tab(session: Session, tab: int) -> None:
    session.duplicate_tab(tab)


@action(weight=2, tab=TABS, crash=YES_NO, loses=YES_NO)
def reload_tab(session: Session, tab: int, crash: bool, loses: bool) -> None:
    session.reload_tab(tab, crash=crash, loses=loses)


@action(tab=TABS, crash=YES_NO)
def end_tab(session: Session, tab: int, crash: bool) -> None:
    session.end_tab(tab, crash=crash)


@action(browser=range(3), held=YES_NO)
def hold_storage(session: Session, browser: int, held: bool) -> None:
    """The disk of this browser takes its time."""
    session.world.call(["hold", browser, held])


@action(tab=TABS, seconds=(-3600, -1, 0.3, 3600))
def skew_clock(session: Session, tab: int, seconds: float) -> None:
    session.skew_clock(tab, seconds)


# The network


@action(weight=2, tab=TABS, told=YES_NO)
def go_offline(session: Session, tab: int, told: bool) -> None:
    session.go_offline(tab, told=told)


@action(weight=2, tab=TABS, told=YES_NO)
def go_online(session: Session, tab: int, told: bool) -> None:
    session.go_online(tab, told=told)


@action(weight=2, tab=TABS, up=range(3), down=range(4), server_hears=YES_NO, tab_hears=YES_NO)
def drop_socket(session: Session, tab: int, up: int, down: int, server_hears: bool, tab_hears: bool) -> None:
    found = session.link(tab)
    if found is not None:
        network = session.world.network
        network.drop(found, arrive_up=up, arrive_down=down, server_hears=server_hears, tab_hears=tab_hears)


@action(tab=TABS, process=range(3))
def route(session: Session, tab: int, process: int) -> None:
    """The load balancer leads the next sockets of this tab there."""
    session.tab(tab).route = process


@action(weight=2, tab=TABS, up=YES_NO, down=YES_NO)
def hold_messages(session: Session, tab: int, up: bool, down: bool) -> None:
    found = session.link(tab)
    if found is not None:
        found.holds_up, found.holds_down = up, down


@action(weight=2, tab=TABS, up=range(3), down=range(4))
def deliver_messages(session: Session, tab: int, up: int, down: int) -> None:
    """Some of those that are held."""
    found = session.link(tab)
    if found is not None:
        session.world.network.deliver(found, up=up, down=down)


@action(tab=TABS, index=range(3))
def lose_message(session: Session, tab: int, index: int) -> None:
    """One of those that are held is lost, and the socket lives."""
    found = session.link(tab)
    if found is not None:
        session.world.network.lose(found, index)


@action(weight=3, seconds=(0.01, 0.25, 1.1, 6, 22))
def wait(session: Session, seconds: float) -> None:
    session.world.advance(seconds)


# Servers, bus and database


@action(process=range(3))
def kill(session: Session, process: int) -> None:
    session.world.kill(session.world.processes[process % len(session.world.processes)])


@action(process=range(3), moment=("before commit", "after commit", "after ack"))
def kill_at(session: Session, process: int, moment: Moment) -> None:
    session.world.processes[process % len(session.world.processes)].dies_at = moment


@action(process=range(3), seconds=(0.5, 20))
def pause_process(session: Session, process: int, seconds: float) -> None:
    """SIGSTOP, and SIGCONT later."""
    paused = session.world.processes[process % len(session.world.processes)]
    paused.is_paused = True
    session.world.alarms.set(seconds, lambda: setattr(paused, "is_paused", False))


@action(mode=("fine", "faulty", "held", "dead"))
def turn_bus(session: Session, mode: Any) -> None:
    session.world.bus.set_mode(mode)


@action(index=range(5), how=("deliver", "drop", "double"))
def meddle_with_bus(session: Session, index: int, how: str) -> None:
    getattr(session.world.bus, how)(index)


@action(slow=YES_NO)
def turn_database(session: Session, slow: bool) -> None:
    session.world.database.is_slow = slow


@action(cut=("lost before", "lost after"), times=(1, 2))
def cut_database(session: Session, cut: Any, times: int) -> None:
    """The connection breaks during the next commits; nobody knows whether they happened."""
    session.world.database.cuts.extend([cut] * times)


@action(seconds=(0.3, 3, 9))
def database_outage(session: Session, seconds: float) -> None:
    database = session.world.database
    database.is_away = True
    session.world.alarms.set(seconds, lambda: setattr(database, "is_away", False))


# Other writers, managers and operators


@action(x=X, y=Y, told=YES_NO)
def propose(session: Session, x: int, y: int, told: bool) -> None:
    """The model has found something."""
    from uuid import UUID

    x1, y1 = float(min(max(x, 0), 150)), float(min(max(y, 0), 90))
    fields = {"x1": session.fresh(x1), "y1": y1, "x2": x1 + 20, "y2": y1 + 20}
    command = Command(
        1, "create", UUID(int=session.world.dice.getrandbits(128), version=4),
        fields={**fields, "label": session.world.site.labels[0], "status": "proposed"}, source="model", confidence=0.5,
    )  # fmt: skip
    session.submit(command, origin="model", announced=told)


@action(box=BOXES, kind=("set", "delete", "restore"), told=YES_NO)
def administer(session: Session, box: int, kind: Any, told: bool) -> None:
    rows = list(Box.objects.filter(frame=session.world.site.frame_id).order_by("created_revision"))
    if rows:
        fields = {"z": session.fresh(1)} if kind == "set" else {}
        command = Command(
            1, kind, rows[box % len(rows)].pk, fields=fields, gesture=f"admin{session.fresh(0)}"
        )
        session.submit(command, origin="admin", user=session.world.site.admin, announced=told)


@action(user=range(3), role=("viewer", "annotator", "annotator", None))
def set_role(session: Session, user: int, role: str | None) -> None:
    session.world.set_role(session.world.site.users[user], role)


@action()
def back_up(session: Session) -> None:
    session.back_up()


@action()
def restore(session: Session) -> None:
    session.restore()
