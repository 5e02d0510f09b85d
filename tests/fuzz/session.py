"""What a test does with the world: people at work, faults, and in the end healing everything and checking it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NoReturn
from uuid import uuid4

from django.db import transaction

from annotate.models import Box, ClientCursor, Feedback, Frame, Operation
from annotate.sync.fanout import announce
from annotate.sync.operations import Command, Origin
from annotate.sync.submit import Submission, submit

from . import invariants
from .fold import FIELDS
from .ledger import Json
from .network import TabInfo
from .node import NodeBrowsers
from .server import Link
from .world import World

MAX_TABS = 5
PATIENCE_S = 120.0
UNDOS = 3
NOTHING_LEFT_S = 25.0
"""After which the servers have noticed that everybody has gone."""
PRESENCE_S = 13.0
"""After which the people of a process that died are not listed any more."""
LOCKS_FADE_S = 95.0
"""After which a lock by heartbeat in localStorage (pages without TLS) counts as left behind."""


class Session:
    def __init__(self, world: World) -> None:
        self.world = world
        self.pace = 0.03
        """Seconds that pass after each step."""
        self._tabs_made = 0
        self._written = 0
        self._backed_up_at = 0.0
        self._backup: tuple[Frame, list[Box], list[Operation], list[ClientCursor], list[Feedback]] | None = (
            None
        )

    @classmethod
    @contextmanager
    def opened(cls, node: NodeBrowsers, *, seed: int, processes: int, tabs: int) -> Iterator["Session"]:
        with World.opened(node, seed=seed, processes=processes) as world:
            session = cls(world)
            for user_index, locks in enumerate(("web", "beat", "web")):
                world.browsers[user_index] = world.site.users[user_index]
                world.call(["browser", user_index, locks])
            for index in range(tabs):
                session.open_tab(index)
            yield session

    # Tabs

    @property
    def tabs(self) -> list[TabInfo]:
        return list(self.world.tabs.values())

    def tab(self, index: int) -> TabInfo:
        return self.tabs[index % len(self.tabs)]

    def link(self, index: int) -> Link | None:
        """The newest socket of a tab."""
        links = self.world.network.links_of(self.tab(index).number)
        return links[-1] if links else None

    def open_tab(self, browser: int) -> TabInfo | None:
        if len(self.tabs) >= MAX_TABS:
            return None
        browser %= len(self.world.browsers)
        user = self.world.browsers[browser]
        tab = self._new_tab(browser, user)
        self.world.call(["open", tab.number, browser, user, self.world.site.frame_id])
        return tab

    def duplicate_tab(self, index: int) -> None:
        if len(self.tabs) < MAX_TABS:
            original = self.tab(index)
            tab = self._new_tab(original.browser, original.user)
            self.world.call(["duplicate", tab.number, original.number])

    def _new_tab(self, browser: int, user: int) -> TabInfo:
        tab = TabInfo(self._tabs_made, browser, user)
        self._tabs_made += 1
        self.world.tabs[tab.number] = tab
        return tab

    def reload_tab(self, index: int, *, crash: bool = False, loses: bool = False) -> None:
        tab = self.tab(index)
        self.world.tabs[tab.number] = replace(tab, welcomed_at=None, epoch=0, held_epoch=0)
        self.world.call(["reload", tab.number, crash, crash and loses])
        self._excuse_lost(tab, crash and loses)

    def end_tab(self, index: int, *, crash: bool, loses: bool = False) -> None:
        if len(self.tabs) > 1:
            tab = self.tab(index)
            self.world.call(["end", tab.number, crash, crash and loses])
            del self.world.tabs[tab.number]
            self._excuse_lost(tab, crash and loses)

    def _excuse_lost(self, tab: TabInfo, loses: bool) -> None:
        """A browser that crashes may lose what it had no time to write down."""
        if loses:
            kept = {(row["g"], row["k"], row["box"]) for row in self.world.call(["queue", tab.browser])[0]}
            edits = self.world.witness.edits.values()
            self.world.witness.excuse(one for one in edits if one.tab == tab.number and one.key not in kept)

    def act(self, index: int, name: str, *arguments: object) -> object:
        """Something that a person does in a tab."""
        return self.world.call(["act", self.tab(index).number, name, *arguments])[0]

    def fresh(self, value: float) -> float:
        """Near ``value``, and unlike every number that was written before: so one sees whose it is."""
        self._written += 1
        return round(value + self._written / 1000, 3)

    # Faults

    def go_offline(self, index: int, *, told: bool) -> None:
        tab = self.tab(index)
        tab.is_offline = True
        for link in self.world.network.links_of(tab.number):
            self.world.network.swallow(link)
        if told:
            self.world.call(["network", tab.number, False])

    def go_online(self, index: int, *, told: bool) -> None:
        tab = self.tab(index)
        if tab.is_offline:
            tab.is_offline = False
            if told:
                self.world.call(["network", tab.number, True])

    def skew_clock(self, index: int, seconds: float) -> None:
        tab = self.tab(index)
        tab.is_skewed = True
        for edit in self.world.witness.edits.values():
            edit.skewed = edit.skewed or edit.tab == tab.number
        self.world.call(["skew", tab.number, seconds * 1000])

    # Other writers, and operators

    def submit(
        self, command: Command, *, origin: Origin, user: int | None = None, announced: bool = True
    ) -> None:
        """A model, an import or the admin: they write past every process."""
        submit(self.world.site.frame_id, [Submission(uuid4(), user, [command], origin)])
        if announced:
            announce(self.world.site.frame_id)

    def back_up(self) -> None:
        frame = self.world.site.frame_id
        self._backed_up_at = self.world.clock.now
        self._backup = (
            Frame.objects.get(pk=frame),
            list(Box.objects.filter(frame=frame)),
            list(Operation.objects.filter(frame=frame)),
            list(ClientCursor.objects.filter(frame=frame)),
            list(Feedback.objects.filter(frame=frame)),
        )

    def restore(self) -> None:
        """Put the frame back to the backup while everybody is at work. What was done since is gone."""
        if self._backup is None:
            return
        frame, boxes, operations, cursors, feedback = self._backup
        lost = set(
            Operation.objects.filter(frame=frame, revision__gt=frame.revision).values_list(
                "gesture", flat=True
            )
        )
        with transaction.atomic():
            Operation.objects.filter(frame=frame).delete()
            Box.objects.filter(frame=frame).delete()
            ClientCursor.objects.filter(frame=frame).delete()
            Feedback.objects.filter(frame=frame).delete()
            Box.objects.bulk_create(boxes)
            Operation.objects.bulk_create(operations)
            ClientCursor.objects.bulk_create(cursors)
            Feedback.objects.bulk_create(feedback)
            Frame.objects.filter(pk=frame.pk).update(revision=frame.revision, epoch=uuid4())
        world = self.world
        world.witness.epoch += 1
        world.witness.note_epoch()
        edits = world.witness.edits.values()
        world.witness.excuse(
            one for one in edits if one.key[0] in lost or one.decided_at >= self._backed_up_at
        )
        now = {user: role for _, user, role in world.witness.roles}
        world.witness.roles = [one for one in world.witness.roles if one[0] <= frame.revision]
        world.witness.roles += [(frame.revision, user, role) for user, role in now.items()]

    # The end

    def heal(self) -> None:
        """Nothing is broken any more."""
        world = self.world
        world.database.is_away = world.database.is_slow = False
        world.database.cuts.clear()
        world.bus.set_mode("fine")
        for process in world.processes:
            process.is_paused = False
            process.dies_at = None
        for link in world.network.links.values():
            link.holds_up = link.holds_down = False
            if link.is_swallowed:
                link.end_server(1006)
        for browser in world.browsers:
            world.call(["hold", browser, False])
        for index, tab in enumerate(self.tabs):
            self.go_online(index, told=True)
            world.call(["act", tab.number, "drop"])
        world.settle()

    def states(self) -> dict[int, Json]:
        numbers = list(self.world.tabs)
        return dict(zip(numbers, self.world.call(*(["state", number] for number in numbers)), strict=True))

    def drain(self) -> dict[int, Json]:
        """Until nothing is on its way. What every tab shows then."""
        waited = 0.0
        while True:
            states = self.states()
            busy = [number for number, state in states.items() if not self._is_at_rest(number, state)]
            if not busy and self._hubs_are_at_rest():
                return states
            if waited >= PATIENCE_S:
                self._blame([states[number] for number in busy])
            self.world.advance(0.5)
            waited += 0.5

    def _blame(self, states: list[Json | None]) -> NoReturn:
        """Whoever does not come to rest may have been told nonsense."""
        invariants.check_log(self.world)
        owes = any(state is None or state["queue"] or state["orphans"] for state in states)
        raise AssertionError(f"{'I6' if owes else 'I1'}: not at rest after {PATIENCE_S} s: {states}")

    def _is_at_rest(self, number: int, state: Json | None) -> bool:
        if state is None:
            return False
        if state["connection"] == "refused":
            return self._is_refused_with_reason(number, state)
        owes = state["queue"] or state["orphans"]
        return state["connection"] == "online" and not owes and bool(state["revision"] == self.world.head)

    def _is_refused_with_reason(self, number: int, state: Json) -> bool:
        """Only somebody whose membership ended has to reload."""
        was_thrown_out = self.world.tabs[number].user in self.world.witness.thrown_out
        assert state["code"] == 4403 and was_thrown_out, f"tab {number} gave up: {state}"
        return True

    def _hubs_are_at_rest(self) -> bool:
        return all(hub.head == self.world.head and hub.writer.idle for hub in self.world.hubs)

    def check(self) -> dict[int, Json]:
        """Heal, drain, and check everything. Work can go on afterwards."""
        self.heal()
        self.drain()
        self.world.advance(3.0)  # previews fade
        states = self._wait_for_presence()
        final = invariants.check_log(self.world)
        invariants.check_clients(self.world, final, states)
        invariants.check_servers(self.world, final)
        queues = {one: self.world.call(["queue", one])[0] for one in self.world.browsers}
        invariants.check_edits(self.world, final, queues)
        return states

    def finish(self) -> None:
        """Also: nothing is left behind, late joiners see the same, and orphaned queues find a home."""
        self.check()
        self._close_all()
        self.world.advance(NOTHING_LEFT_S)
        invariants.check_nothing_left(self.world)
        if any(self.world.call(*(["queue", browser] for browser in self.world.browsers))):
            self.world.advance(LOCKS_FADE_S)
        for browser in self.world.browsers:
            self.open_tab(browser)
        self.world.advance(1.0)
        self.check()
        self._check_undo_and_redo(self.world.dice.randrange(len(self.tabs)))

    def _check_undo_and_redo(self, index: int) -> None:
        """I12: with nobody else at work, some undos and as many redos lead back to the same boxes."""
        before = self._live_fields()
        undone = [self._moves_log(index, "undo") for _ in range(UNDOS)]
        for _ in range(sum(undone)):
            assert self._moves_log(index, "redo"), "I12: what was undone cannot be redone"
        assert self._live_fields() == before, "I12: undo and redo did not lead back"

    def _moves_log(self, index: int, name: str) -> bool:
        head = self.world.head
        self.act(index, name)
        self.world.settle()
        self.drain()
        return self.world.head > head

    def _live_fields(self) -> list[Json]:
        frame = self.world.site.frame_id
        rows = Box.objects.filter(frame=frame, deleted_revision=None).order_by("pk")
        said = Feedback.objects.filter(frame=frame).order_by("user")
        return [*rows.values("pk", *FIELDS), *said.values("user", "verdict", "note")]

    def _close_all(self) -> None:
        for number in list(self.world.tabs):
            self.world.call(["end", number, False, False])
        self.world.tabs.clear()

    def _wait_for_presence(self) -> dict[int, Json]:
        waited = 0.0
        while True:
            states = self.drain()
            if invariants.strangers_on_screen(self.world, states) == [] or waited > PRESENCE_S:
                return states
            self.world.advance(1.0)
            waited += 1.0
