"""Takes the body of a request in: bytes are counted, long ones go to the disk by a thread."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestAborted

from .ingest import DISK_FULL, check_room
from .refusals import Refused
from .scratch import ScratchFile

WRITE_BYTES = 1 << 20

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]


class BodyTooLarge(Exception):
    """More came than is taken; ``limit`` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class NoRoom(Exception):
    """The disk is as good as full."""


@dataclass(frozen=True, slots=True)
class Body:
    """What Django asks for the body. ``declared``: Content-Length, 0 where there is none. ``copies``: how many
    times it lies on the disk: of a form, Django makes a file of each part while the body is still there."""

    receive: Receive
    limit: int
    declared: int = 0
    copies: int = 1

    async def __call__(self) -> Message:
        return await self.receive()


async def take_in(body: Body) -> IO[bytes]:
    """The whole body, from its start; close it. Raises BodyTooLarge, NoRoom, RequestAborted."""
    if body.declared > body.limit:
        raise BodyTooLarge(body.limit)
    spool = Spool(body.copies)
    try:
        if body.declared > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            await asyncio.to_thread(check_space, body.declared * body.copies)
        await copy(body, spool)
    except BaseException:
        spool.file.close()
        raise
    spool.file.seek(0)
    return spool.file


class Spool:
    """Takes a body in: into memory first, then into a ScratchFile. Close ``file``."""

    def __init__(self, copies: int) -> None:
        self.file: IO[bytes] = io.BytesIO()
        self.copies = copies
        self.size = 0

    async def write(self, data: bytes) -> None:
        """Raises NoRoom."""
        self.size += len(data)
        if self.size <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            self.file.write(data)
        else:
            await asyncio.to_thread(self.write_to_disk, data)

    def write_to_disk(self, data: bytes) -> None:
        check_space(len(data) * self.copies)
        try:
            in_memory = self.file
            if isinstance(in_memory, io.BytesIO):
                self.file = ScratchFile()
                self.file.write(in_memory.getbuffer())
            self.file.write(data)
        except OSError as error:
            if error.errno in DISK_FULL:
                raise NoRoom from error
            raise


def check_space(size: int) -> None:
    """Raises NoRoom before the reserve is touched that editing needs."""
    try:
        check_room(size)
    except Refused as refused:
        raise NoRoom from refused


async def copy(body: Body, spool: Spool) -> None:
    parts: list[bytes] = []
    waiting = count = 0
    while True:
        message = await body()
        if message["type"] == "http.disconnect":
            raise RequestAborted
        piece = message.get("body", b"")
        parts.append(piece)
        waiting += len(piece)
        count += len(piece)
        if count > body.limit:
            raise BodyTooLarge(body.limit)
        has_more = message.get("more_body", False)
        if waiting >= WRITE_BYTES or not has_more:
            await spool.write(b"".join(parts))
            parts, waiting = [], 0
        if not has_more:
            return
