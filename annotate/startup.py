"""The whole product in one terminal: prepare the database, then keep web server and worker running."""

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from hitlsite import env

from .servers import Address, web_command
from .supervisor import Child, Supervisor

DEFAULT_BIND = "127.0.0.1:5000"
READY_POLL_S = 0.1

Say = Callable[[str], None]


class CannotStart(Exception):
    """Said to the user as it is: what is wrong and what to do."""


def address() -> Address:
    """Where to listen: HITL_BIND. Raises BadAddress."""
    return Address.parse(env.text("HITL_BIND", DEFAULT_BIND))


def chosen_web_command(listen: Address) -> list[str]:
    """The web server that HITL_SERVER names. Raises UnknownServer."""
    behind_proxy = env.flag("HITL_PROXY_HEADERS", settings.TLS)
    return web_command(env.text("HITL_SERVER", "daphne"), listen, behind_proxy=behind_proxy)


def check_port_free(listen: Address) -> None:
    """Raise CannotStart when listening there fails. Another program may take it right after: a known race."""
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(
            listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        where = f"{listen.host}:{listen.port}"
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"Something else already listens on {where}. Stop it, or choose another port: "
                f"HITL_BIND={listen.host}:{listen.port + 1} make run"
            ) from error
        raise CannotStart(
            f"Cannot listen on {where}: {error}. Set HITL_BIND to an address of this machine"
        ) from error


def prepare_database(*, demo: bool, say: Say) -> None:
    """Bring the tables up to date and, if wanted, make the demo project. Repeating it changes nothing."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        say(f"Database: applying {len(missing)} migrations")
        call_command("migrate", interactive=False, verbosity=0)
    if demo and "seed_demo" in get_commands():
        call_command("seed_demo")
    connections.close_all()


def run(*, demo: bool, say: Say) -> None:
    """Start everything and return when it was asked to stop. Raises CannotStart, ChildFailed."""
    listen = address()
    command = chosen_web_command(listen)
    check_port_free(listen)
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns when it is missing
    prepare_database(demo=demo, say=say)
    children = [
        Child("web", command, essential=True),
        Child("worker", [sys.executable, "manage.py", "worker"]),
    ]
    asyncio.run(_supervise(Supervisor(children, say=say), listen, say))


async def _supervise(supervisor: Supervisor, listen: Address, say: Say) -> None:
    say("Starting the web server and the worker")
    announcing = asyncio.create_task(_announce(supervisor, listen, say))
    try:
        await supervisor.run()
    finally:
        announcing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await announcing
    say("Stopped. Nothing was lost")


async def _announce(supervisor: Supervisor, listen: Address, say: Say) -> None:
    """Wait until the port answers, then say where to go."""
    while not await _answers(listen):
        await asyncio.sleep(READY_POLL_S)
    supervisor.ready.set()
    say("")
    say(f"  Ready: {listen.url}   (stop with Ctrl+C)")
    say("  New manager: .venv/bin/python manage.py create_manager")
    say("  Forgotten password: .venv/bin/python manage.py changepassword NAME")
    say("")


async def _answers(listen: Address) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)  # noqa: S104
    try:
        _, writer = await asyncio.open_connection(host, listen.port)
    except OSError:
        return False
    writer.close()
    return True
