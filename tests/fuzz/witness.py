"""Hears everything that tabs and servers say, writes it down, and checks at once what can be checked at once.

What is wrong goes to ``failures``: an exception would only be taken for a fault of the server that spoke.
"""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from django.db import connection

from annotate.models import Frame, Operation

from .ledger import Edit, Json, Key, Left, Sent

if TYPE_CHECKING:
    from .network import TabInfo
    from .virtual import Clock

OFFLINE_AFTER_S = 5.0
UNDECIDED = {"hole", "rate", "unavailable"}


class Witness:
    def __init__(self, clock: "Clock", frame_id: int, tabs: Mapping[int, "TabInfo"]) -> None:
        self.clock = clock
        self.frame_id = frame_id
        self.tabs = tabs
        self.failures: list[str] = []
        self.edits: dict[Key, Edit] = {}
        self.sent: dict[tuple[str, int], list[Sent]] = {}
        """Commands as they arrived at servers, by client and counter."""
        self.left: list[Left] = []
        self.roles: list[tuple[int, int, str | None]] = []
        """From which revision on a user had which role."""
        self.thrown_out: set[int] = set()
        self.epoch = 0
        self._epochs: dict[str, int] = {}
        self._answers: dict[tuple[int, str, int], Json] = {}
        self._clients: dict[int, str] = {}
        """Client ids by socket."""
        self._fresh = ThreadPoolExecutor(1, "fresh-connection")
        self.note_epoch()

    def note_epoch(self) -> None:
        epoch = Frame.objects.values_list("epoch", flat=True).get(pk=self.frame_id)
        self._epochs[str(epoch)] = self.epoch

    def excuse(self, edits: Iterable[Edit]) -> None:
        for edit in edits:
            edit.is_excused = True

    def close(self) -> None:
        self._fresh.submit(lambda: connection.close()).result()
        self._fresh.shutdown()

    # Tabs

    def tab_told(self, name: str, number: int, *rest: Any) -> None:
        """What tests/fuzz/observer.mjs saw happen inside a tab."""
        tab = self.tabs[number]
        if name == "replaced":
            return self._replaced(tab, *rest)
        key: Key = (rest[0], rest[1], rest[2])
        if name == "edit":
            made = Edit(key, number, tab.user, tab.browser, self.clock.now, tab.is_skewed, rest[3])
            known = self.edits.setdefault(key, made)
            if known is not made:
                known.times += 1
                known.asked |= made.asked
        elif name == "merged":
            self.edits[key].asked |= rest[3]
        elif name == "left":
            self.left.append(Left(number, key, rest[3], rest[4], rest[5] or 0, tab.epoch))
        elif key in self.edits:  # else made by an earlier page of a log that was put back
            self.edits[key].decided_at = self.clock.now
            self._answered(self.edits[key], name, *rest[3:])

    def _answered(self, edit: Edit, name: str, *rest: Any) -> None:
        if name == "acked":
            edit.acked.append((rest[0], rest[1]))
            edit.nothing_at = rest[2]
            return
        code, is_shown = rest
        edit.refused.append(code)
        if not is_shown:
            self.failures.append(f"I6: {edit.key} was refused ({code}) and nobody was told")

    def _replaced(self, tab: "TabInfo", before: int | None, head: int) -> None:
        if tab.held_epoch == tab.epoch and before is not None and head < before:
            self.failures.append(f"I7: tab {tab.number} went back from revision {before} to {head}")
        tab.held_epoch = tab.epoch

    def welcomed(self, number: int, epoch: str) -> None:
        self.tabs[number].welcomed_at = self.clock.now
        self.tabs[number].epoch = self._epochs[epoch]

    def tab_said(self, number: int, text: str) -> None:
        message = json.loads(text)
        for command in message["ops"] if message["t"] == "op" else []:
            for edit in self.edits.values():
                if edit.key[0] == command["g"]:
                    self._check_marked_offline(self.tabs[number], edit, command)

    def _check_marked_offline(self, tab: "TabInfo", edit: Edit, command: Json) -> None:
        """I10: what waited for a connection must not overwrite anybody."""
        waited = self.clock.now - edit.made_at
        was_down = tab.welcomed_at is not None and edit.made_at < tab.welcomed_at
        knows_time = not edit.skewed and not tab.is_skewed
        if was_down and waited > OFFLINE_AFTER_S and knows_time and not command.get("off"):
            self.failures.append(f"I10: {edit} waited {waited} s and was sent as if made just now")

    # Servers

    def server_hears(self, socket: int, text: str, head: int) -> None:
        message = json.loads(text)
        if message["t"] == "hello":
            self._clients[socket] = message["client"]
        elif message["t"] == "op":
            for command in message["ops"]:
                sent = Sent(command.get("g", ""), command.get("base", {}), head)
                self.sent.setdefault((self._clients[socket], command["c"]), []).append(sent)

    def server_said(self, socket: int, text: str, epoch: int) -> None:
        """``epoch``: of the log that the server's newest answers are about."""
        if text.startswith('{"t":"ack"'):
            for ack in json.loads(text)["acks"]:
                self._check_same(socket, ack, epoch)
                if epoch == self.epoch:
                    self._check_durable(self._clients[socket], ack)
        elif text.startswith('{"t":"nack"'):
            nack = json.loads(text)
            if nack["code"] not in UNDECIDED:
                self._check_same(socket, nack, epoch)
        elif text.startswith('{"t":"error"'):
            self.failures.append(f"the server could not read what socket {socket} said: {text}")

    def _check_same(self, socket: int, answer: Json, epoch: int) -> None:
        """I4: however often a command is sent, its answer is the one of the first time."""
        key = (epoch, self._clients[socket], answer["c"])
        first = self._answers.setdefault(key, answer)
        if first != answer:
            self.failures.append(f"I4: command {key} was answered {first}, then {answer}")

    def _check_durable(self, client: str, ack: Json) -> None:
        """I5: at the moment an ack leaves, another connection to the database sees what it promises."""
        if ack["from"] is None:
            return
        found = self._fresh.submit(self._count, client, ack).result()
        if found != ack["to"] - ack["from"] + 1:
            self.failures.append(f"I5: {ack} of {client} was said before it was durable")

    def _count(self, client: str, ack: Json) -> int:
        span = (ack["from"], ack["to"])
        return Operation.objects.filter(
            frame_id=self.frame_id, client=client, counter=ack["c"], revision__range=span
        ).count()
