"""Private, temporary PostgreSQL and Redis servers for tests, started from the binaries that are installed.

    with PostgresServer() as postgres, RedisServer() as redis:
        environment = {"HITL_DATABASE_URL": postgres.url, "HITL_REDIS_URL": redis.url}
        postgres.restart(mode="immediate")  # as after a crash: the same port, the same data

Each listens on a free port of 127.0.0.1 and keeps its files in a folder that goes away with it. Durability is
that of a production server: ``fsync`` and ``synchronous_commit`` stay on.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Literal, Self

import psycopg
import redis

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20.0

StopMode = Literal["smart", "fast", "immediate"]


class ServiceUnavailable(Exception):
    """The server's programs are not installed, or it did not start; the text says which and why."""


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port nobody listens on now. Another process may take it before we do: a known, rare race."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def postgres_program(name: str) -> str | None:
    """Path of one of PostgreSQL's programs, the newest version first. Debian keeps them out of PATH."""

    def version(path: Path) -> float:
        return float(path.parent.parent.name)

    debian = sorted(Path("/usr/lib/postgresql").glob(f"[0-9]*/bin/{name}"), key=version, reverse=True)
    return str(debian[0]) if debian else shutil.which(name)


def descendants(pid: int) -> list[int]:
    """Ids of all processes below ``pid``, children before grandchildren."""
    listing = subprocess.run(["ps", "-axo", "pid=,ppid="], check=True, capture_output=True, text=True)
    children: dict[int, list[int]] = {}
    for line in listing.stdout.splitlines():
        child, parent = (int(word) for word in line.split())
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, []))
    for each in found:  # grows while it is walked: breadth first
        found.extend(children.get(each, []))
    return found


class TemporaryServer:
    """A server process, its port and folder. Subclasses say how it starts and when it is ready."""

    name = "server"
    stop_signals: dict[str, signal.Signals] = {}

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"hitl-{self.name}-", dir="/tmp"))
        self.process: subprocess.Popen[bytes] | None = None
        self.account: str | None = None  # system user to run as; None: ourselves

    @classmethod
    def available(cls) -> bool:
        raise NotImplementedError

    @property
    def url(self) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def check_ready(self) -> None:
        """Raise anything of the client's own errors while the server does not answer yet."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = self._spawn(self.command(), log.fileno())
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                return self.check_ready()
            except (psycopg.OperationalError, redis.RedisError) as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise ServiceUnavailable(f"{self.name} did not start: {self.log_tail()}") from error
            time.sleep(0.05)

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop in the server's own way. PostgreSQL: ``fast`` closes sessions, ``immediate`` is a crash."""
        self._end(self.stop_signals.get(mode, signal.SIGTERM))

    def restart(self, mode: StopMode = "fast") -> None:
        self.stop(mode)
        self.start()

    def kill(self) -> None:
        """SIGKILL the server and all its children, as the kernel's out-of-memory killer would."""
        self._signal_all(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(STOP_TIMEOUT_S)
            self.process = None

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers, as when a machine hangs."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_all(signal.SIGCONT)

    def close(self) -> None:
        """Stop whatever state it is in, and remove its folder."""
        if self.process is not None:
            self.resume()
            self._end(self.stop_signals.get("immediate", signal.SIGTERM))
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self, lines: int = 5) -> str:
        path = self.folder / "log"
        return " / ".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def _spawn(self, command: list[str], log: int) -> subprocess.Popen[bytes]:
        groups: list[int] | None = [] if self.account else None
        group = pwd.getpwnam(self.account).pw_gid if self.account else None
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=self.account,
            group=group,
            extra_groups=groups,
            start_new_session=True,  # Ctrl+C in the terminal is for the tests, not for the server
        )

    def _end(self, first: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(first)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def _signal_all(self, number: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


class PostgresServer(TemporaryServer):
    """``url`` names the empty database ``hitl``; its user may create databases."""

    name = "postgres"
    stop_signals = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}

    def __init__(self, *, max_connections: int = 100) -> None:
        super().__init__()
        self.max_connections = max_connections
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.account = next(name for name in ("postgres", "nobody") if _account_exists(name))
            shutil.chown(self.folder, self.account)

    @classmethod
    def available(cls) -> bool:
        return postgres_program("postgres") is not None and postgres_program("initdb") is not None

    @property
    def url(self) -> str:
        return f"postgres://hitl@127.0.0.1:{self.port}/hitl"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def command(self) -> list[str]:
        program = postgres_program("postgres")
        if program is None:
            raise ServiceUnavailable("PostgreSQL is not installed (Debian: apt-get install postgresql)")
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "max_connections": self.max_connections,
        }
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return [program, "-D", str(self.data), *settings]

    def start(self) -> None:
        if not self.data.exists():
            self._initialise()
        super().start()

    def check_ready(self) -> None:
        """Ready when ``hitl`` exists; makes it on the first start."""
        address = f"postgres://hitl@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(address, autocommit=True, connect_timeout=2) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'hitl'").fetchone()
            if found is None:
                connection.execute("CREATE DATABASE hitl")

    def _initialise(self) -> None:
        program = postgres_program("initdb")
        if program is None:
            raise ServiceUnavailable("PostgreSQL is not installed (Debian: apt-get install postgresql)")
        arguments = ["-U", "hitl", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        with (self.folder / "log").open("ab") as log:
            made = self._spawn([program, "-D", str(self.data), *arguments], log.fileno())
        if made.wait() != 0:
            raise ServiceUnavailable(f"initdb failed: {self.log_tail()}")


class RedisServer(TemporaryServer):
    """Keeps nothing on disk, as in production: Redis carries hints, never the truth."""

    name = "redis"

    def __init__(self, *, password: str = "") -> None:
        super().__init__()
        self.password = password

    @classmethod
    def available(cls) -> bool:
        return shutil.which("redis-server") is not None

    @property
    def url(self) -> str:
        user = f":{self.password}@" if self.password else ""
        return f"redis://{user}127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        program = shutil.which("redis-server")
        if program is None:
            raise ServiceUnavailable("Redis is not installed (Debian: apt-get install redis-server)")
        where = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        password = ["--requirepass", self.password] if self.password else []
        return [program, *where, "--save", "", "--appendonly", "no", *password]

    def check_ready(self) -> None:
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            client.ping()


def _account_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
