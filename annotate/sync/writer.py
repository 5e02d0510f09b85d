"""One writer per (process, frame): takes all that is queued, commits it as one batch, answers.

That is natural group commit: alone, an edit waits for nothing; under load, batches grow by themselves.
"""

import asyncio
import logging
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from .. import courtesy
from . import sessions, threads
from .operations import Code, Command, Outcome, Refused
from .submit import FrameMissing, FrameRestored, Result, Submission, submit

if TYPE_CHECKING:
    from .hub import FrameHub
    from .subscriber import Subscriber

logger = logging.getLogger(__name__)

BATCH = 256
GIVE_UP_AFTER_S = 5.0
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
RETRY_AFTER_MS = 1000


class FrameWriter:
    """The queue and the task that empties it."""

    def __init__(self, hub: "FrameHub") -> None:
        self.hub = hub
        self._queue: deque[tuple[Subscriber, list[Command]]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        return self._task is None

    def put(self, author: "Subscriber", commands: list[Command]) -> None:
        self._queue.append((author, commands))
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._write(self._take())
        finally:
            self._task = None
            self.hub.close_if_empty()

    def _take(self) -> list[tuple["Subscriber", list[Command]]]:
        batch: dict[Subscriber, list[Command]] = {}
        count = 0
        while self._queue and count < BATCH:
            author, commands = self._queue.popleft()
            batch.setdefault(author, []).extend(commands)
            count += len(commands)
        return list(batch.items())

    async def _write(self, batch: list[tuple["Subscriber", list[Command]]]) -> None:
        submissions = [
            Submission(author.client, author.viewer.user_id, commands) for author, commands in batch
        ]
        try:
            result, heard = await self._commit([author.viewer for author, _ in batch], submissions)
        except FrameMissing:
            self.hub.close_all(4404, "the frame was deleted")
        except FrameRestored:
            # A client begins to count anew after a restore: what it said before must not pass for what it says now.
            self._refuse(batch, Code.UNAVAILABLE, "the frame was restored")
            await self._look_again()
        except threads.CONNECTION_ERRORS:
            self._refuse(batch, Code.UNAVAILABLE, "the database cannot be reached")
        except Exception:
            logger.exception("a batch on frame %s could not be decided", self.hub.frame_id)
            self._refuse(batch, Code.UNAVAILABLE, "an error on the server; nothing was changed")
        else:
            for (author, _), outcomes, is_heard in zip(batch, result.outcomes, heard, strict=True):
                if is_heard:
                    author.answer(outcomes)
                else:
                    author.close(sessions.SIGNED_OUT, "your access ended")
            self.hub.committed(result)

    async def _look_again(self) -> None:
        """The hub finds the other log, and closes every socket."""
        try:
            await self.hub.check_epoch()
        except FrameMissing:
            self.hub.close_all(4404, "the frame was deleted")
        except threads.CONNECTION_ERRORS as error:
            logger.warning("frame %s: %s", self.hub.frame_id, error)

    async def _commit(
        self, viewers: list[sessions.Viewer], submissions: list[Submission]
    ) -> tuple[Result, list[bool]]:
        """Commit, again and again while the database is away: a repeated batch is decided only once."""
        deadline = time.monotonic() + GIVE_UP_AFTER_S
        pause, epoch = FIRST_PAUSE_S, self.hub.epoch
        while True:
            try:
                return await threads.write(_submit_heard, self.hub.frame_id, epoch, viewers, submissions)
            except threads.CONNECTION_ERRORS as error:
                if time.monotonic() > deadline:
                    logger.warning("frame %s: no database: %s", self.hub.frame_id, error)
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    @staticmethod
    def _refuse(batch: list[tuple["Subscriber", list[Command]]], code: Code, detail: str) -> None:
        for author, commands in batch:
            outcomes: list[Outcome] = [
                Refused(command.counter, code, detail, after_ms=RETRY_AFTER_MS) for command in commands
            ]
            author.answer(outcomes)


def _submit_heard(
    frame_id: int, epoch: UUID | None, viewers: list[sessions.Viewer], submissions: list[Submission]
) -> tuple[Result, list[bool]]:
    """Submit for those who are still signed in. Of the others nothing is decided: it stays in their queue."""
    heard = sessions.still_signed_in(viewers)
    silenced = [one if ok else replace(one, commands=()) for one, ok in zip(submissions, heard, strict=True)]
    result = submit(frame_id, silenced, epoch=epoch)
    courtesy.note_edit(settings.DATA_DIR)
    return result, heard
