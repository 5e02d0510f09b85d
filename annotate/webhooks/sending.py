"""One POST to somebody else's server: to an address that was judged, no redirect, no proxy, little time and memory."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .guard import Network, Resolve, Target, addresses_of, check, resolve

CONNECT_S, ANSWER_S = 5.0, 10.0
MOST_READ = 4096


class Undelivered(Exception):
    """Nobody answered; the text says why."""


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    retry_after_s: int | None


class Connection(http.client.HTTPConnection):
    """Goes to ``address``, whatever the name means by now."""

    def __init__(self, target: Target, address: str, allow: Sequence[Network]) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_S)
        self.target, self.address, self.allow = target, address, allow

    def connect(self) -> None:
        """Raises OSError, NotAllowed."""
        made = socket.create_connection((self.address, self.target.port), timeout=CONNECT_S)
        try:
            check(str(made.getpeername()[0]), self.allow)  # what we are really connected to
            if self.target.scheme == "https":
                made = ssl.create_default_context().wrap_socket(made, server_hostname=self.target.host)
            made.settimeout(ANSWER_S)
        except BaseException:
            made.close()
            raise
        self.sock = made


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    allow: Sequence[Network] = (),
    *,
    look_up: Resolve = resolve,
) -> Answered:
    """Raises NotAllowed, Undelivered. A redirect is an answer like any other, and followed by nobody."""
    try:
        addresses = addresses_of(target, allow, look_up=look_up)
        return ask(Connection(target, addresses[0], allow), target, body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(reason(error)) from error


def ask(connection: Connection, target: Target, body: bytes, headers: Mapping[str, str]) -> Answered:
    started = time.monotonic()
    try:
        connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
        own = {"Host": target.host_header, "Content-Length": str(len(body)), "Connection": "close"}
        for name, value in {**own, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        response.read(MOST_READ)
        if time.monotonic() - started > CONNECT_S + 2 * ANSWER_S:
            raise TimeoutError("the answer took too long")
        return Answered(response.status, seconds_in(response.headers.get("Retry-After")))
    finally:
        connection.close()


def seconds_in(text: str | None) -> int | None:
    return min(int(text), 86_400) if text and text.isascii() and text.isdigit() and len(text) < 9 else None


def reason(error: Exception) -> str:
    """Without what the other side said: it may be anything."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "The certificate of the receiver is not valid."
    if isinstance(error, socket.gaierror):
        return "The name cannot be found."
    if isinstance(error, TimeoutError):
        return "No answer came in time."
    if isinstance(error, ConnectionRefusedError):
        return "Nobody listens there."
    return "The connection failed."
