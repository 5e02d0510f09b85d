"""A WebSocket client that costs next to nothing, so that the server is measured and not the client.

Frames are cut by hand and handed on as bytes; nothing is decoded here. The mask of outgoing frames is zero,
which RFC 6455 allows and which leaves the payload as it is.
"""

import asyncio
import base64
import os
import time
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
FIN = 0x80
HANDSHAKE_S = 60.0

Heard = Callable[[bytes, float], None]


class HandshakeRefused(Exception):
    """The server answered something else than 101."""


class WireClosed(Exception):
    """The server ended the connection; the text is its close code, if it gave one."""


class Wire(asyncio.Protocol):
    """``heard`` gets every text message and the moment (perf_counter) at which its bytes were read."""

    def __init__(self, request: bytes, heard: Heard) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.bytes_in = 0
        self._request = request
        self._heard = heard
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def connect(cls, port: int, path: str, cookie: str, heard: Heard) -> "Wire":
        """Open ws://127.0.0.1:port/path. Raises HandshakeRefused or OSError."""
        wire = cls(_handshake(port, path, cookie), heard)
        await asyncio.get_running_loop().create_connection(lambda: wire, "127.0.0.1", port)
        await asyncio.wait_for(wire.opened, HANDSHAKE_S)
        return wire

    def send(self, payload: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise WireClosed(self.closed.result() if self.closed.done() else "")
        self._transport.write(_header(TEXT, len(payload)) + payload)

    def abort(self) -> None:
        """Drop the connection without a word, as a lost network does."""
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(HandshakeRefused(str(error or "the server hung up")))
        if not self.closed.done():
            self.closed.set_result("")

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self.bytes_in += len(data)
        if self._rest:
            data = self._rest + data
        start = 0
        if not self.opened.done():
            start = self._answered(data)
        self._rest = data[self._cut(data, start, now) :] if start >= 0 else data

    def _answered(self, data: bytes) -> int:
        """Where frames begin, or -1 while the answer to the handshake is not complete."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return -1
        if data.startswith(b"HTTP/1.1 101"):
            self.opened.set_result(None)
        else:
            self.opened.set_exception(HandshakeRefused(data[: data.index(b"\r\n")].decode()))
        return end + 4

    def _cut(self, data: bytes, start: int, now: float) -> int:
        """Hand on all complete frames; returns where the first incomplete one begins."""
        end = len(data)
        while end - start >= 2:
            length = data[start + 1]
            body = start + 2
            if length == 126:
                length, body = int.from_bytes(data[body : body + 2]), body + 2
            elif length == 127:
                length, body = int.from_bytes(data[body : body + 8]), body + 8
            if end < body + length:
                break
            self._frame(data[start], data[body : body + length], now)
            start = body + length
        return start

    def _frame(self, first: int, payload: bytes, now: float) -> None:
        assert first & FIN, "none of the servers cuts a message into frames"
        kind = first & 0x0F
        if kind == TEXT:
            self._heard(payload, now)
        elif kind == PING and self._transport is not None:
            self._transport.write(_header(PONG, len(payload)) + payload)
        elif kind == CLOSE and not self.closed.done():
            self.closed.set_result(str(int.from_bytes(payload[:2])) if payload else "")


def _header(kind: int, length: int) -> bytes:
    if length < 126:
        size = bytes([0x80 | length])
    elif length < 65_536:
        size = b"\xfe" + length.to_bytes(2)
    else:
        size = b"\xff" + length.to_bytes(8)
    return bytes([FIN | kind]) + size + b"\0\0\0\0"


def _handshake(port: int, path: str, cookie: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Origin: http://127.0.0.1:{port}",
        f"Cookie: {cookie}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()
