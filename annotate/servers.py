"""Which program serves the site, and with which flags: the one place that knows Daphne's and uvicorn's.

Imports no Django: ``manage.py serve``, ``manage.py up`` and the tests read the same command from here.
"""

import sys
from dataclasses import dataclass

APPLICATION = "hitlsite.asgi:application"
MAX_MESSAGE_BYTES = 65_536  # of what a client may send (docs/protocol.md)
DAPHNE_MESSAGE_BYTES = 1_048_576
"""Daphne's limit holds in both directions, and what the server sends (a snapshot) is larger than what it takes: the
consumer itself refuses what is over MAX_MESSAGE_BYTES."""
HANDSHAKE_TIMEOUT_S = 30  # a thousand clients coming back at once need more than Daphne's 5 s
BACKLOG = 2048
"""Connections that the kernel holds until the server takes them; Daphne by itself has 50 and a crowd that comes back at
once is turned away."""
PING_INTERVAL_S = 8
PING_TIMEOUT_S = 8
CLOSE_TIMEOUT_S = 10
SERVERS = ("daphne", "uvicorn")


class BadAddress(Exception):
    """HITL_BIND cannot be read."""


class UnknownServer(Exception):
    """HITL_SERVER names no server that we can start."""


@dataclass(frozen=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str, name: str = "HITL_BIND") -> "Address":
        """Read ``host:port`` or ``[ipv6]:port``; port 1 to 65535; ``name``: of the setting. Raises BadAddress."""
        host, colon, port = text.rpartition(":")
        if not colon or not host or not port.isdecimal() or not 1 <= int(port) <= 65_535:
            raise BadAddress(f"{name}={text!r}: use host:port, for example 127.0.0.1:5000 or [::1]:5000")
        return cls(host.removeprefix("[").removesuffix("]"), int(port))

    @property
    def url(self) -> str:
        """What to type into a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}/"


def web_command(server: str, address: Address, *, behind_proxy: bool) -> list[str]:
    """The argument list of the web server.

    ``behind_proxy``: believe X-Forwarded-For. Only right when nobody but the proxy can reach ``address``.
    """
    if server == "daphne":
        return _daphne(address, behind_proxy=behind_proxy)
    if server == "uvicorn":
        return _uvicorn(address, behind_proxy=behind_proxy)
    raise UnknownServer(f"HITL_SERVER={server!r}: use {' or '.join(SERVERS)}")


def _daphne(address: Address, *, behind_proxy: bool) -> list[str]:
    host = address.host.replace(":", r"\:")
    options = {
        "--endpoint": f"tcp:port={address.port}:interface={host}:backlog={BACKLOG}",
        "--websocket_connect_timeout": HANDSHAKE_TIMEOUT_S,
        "--websocket-max-message-size": DAPHNE_MESSAGE_BYTES,
        "--websocket-max-frame-size": DAPHNE_MESSAGE_BYTES,
        "--ping-interval": PING_INTERVAL_S,
        "--ping-timeout": PING_TIMEOUT_S,
        "--application-close-timeout": CLOSE_TIMEOUT_S,
        "--verbosity": 0,
    }
    flags = ["--no-server-name", *(["--proxy-headers"] if behind_proxy else [])]
    return [sys.executable, "-m", "daphne", *_words(options), *flags, APPLICATION]


def _uvicorn(address: Address, *, behind_proxy: bool) -> list[str]:
    options = {
        "--host": address.host,
        "--port": address.port,
        "--ws": "websockets-sansio",
        "--ws-max-size": MAX_MESSAGE_BYTES,
        "--ws-ping-interval": PING_INTERVAL_S,
        "--ws-ping-timeout": PING_TIMEOUT_S,
        "--timeout-graceful-shutdown": CLOSE_TIMEOUT_S,
        "--lifespan": "off",
        "--log-level": "warning",
    }
    proxy = ["--proxy-headers", "--forwarded-allow-ips", "*"] if behind_proxy else ["--no-proxy-headers"]
    flags = ["--no-access-log", "--no-server-header", *proxy]
    return [sys.executable, "-m", "uvicorn", *_words(options), *flags, APPLICATION]


def _words(options: dict[str, object]) -> list[str]:
    return [word for name, value in options.items() for word in (name, str(value))]
