"""The whole product in one terminal: prepare the database, then keep web server and worker running."""

import asyncio
import contextlib
import errno
import io
import ipaddress
import os
import shlex
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from hitlsite import env

from . import planner
from .ai.catalogue import DEFAULT_KEYS
from .detection.versions import path_of
from .models import ModelVersion, Project, Source, User
from .servers import Address, BadAddress, web_command
from .supervisor import Child, Supervisor
from .tracking import server as mlflow

DEFAULT_BIND = "127.0.0.1:5000"
READY_POLL_S = 0.1
NAMES_SHOWN = 3

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


def prepare_database(*, demo: bool, say: Say) -> bool:
    """Bring the tables up to date and, if wanted, make the demo project. Repeating it changes nothing.

    True when passwords were shown.
    """
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        say(f"Database: applying {len(missing)} migrations")
        call_command("migrate", interactive=False, verbosity=0)
    planner.tell_sqlite()  # an older installation has had its migrations
    return bool(make_demo(say)) if demo else False


def prepare_model(say: Say) -> None:
    """The default detector, fetched once. Without it everything but proposals works, and the editor says so."""
    if not settings.FETCH_WEIGHTS or has_default_model():
        return
    say("Model: fetching the default detector (11 MB; HITL_FETCH_WEIGHTS=0 prevents it)")
    output = io.StringIO()
    try:
        call_command("fetch_weights", stdout=output)
    except CommandError as error:
        say(f"Model: {error}")
        say(f"Model: going on without one. Later: {manage('fetch_weights')}")
        return
    for line in output.getvalue().splitlines():
        say(line)


def has_default_model() -> bool:
    """That very one: other models, such as weights to train from, do not stand for it. One that an administrator has
    put out of use is left so, whether or not its file is here."""
    rows = ModelVersion.objects.filter(project=None, catalogue_key__in=DEFAULT_KEYS)
    there = {row.catalogue_key for row in rows if not row.is_active or path_of(row).is_file()}
    return there.issuperset(DEFAULT_KEYS)


def mlflow_child(say: Say) -> list[Child]:
    """MLflow, where it is wanted and can run here; everything else works without it. Raises CannotStart."""
    if not settings.TRACKING or settings.MLFLOW_URL:
        return []
    if not mlflow.is_installed():
        say("MLflow: not installed; what happens is kept, and told when it is (make install)")
        return []
    try:
        bind = mlflow.parse_bind(settings.MLFLOW_BIND)
    except (BadAddress, mlflow.NotThisMachine) as error:
        raise CannotStart(str(error)) from error
    try:
        check_port_free(bind)
    except CannotStart:
        say(
            f"MLflow: something else listens on {settings.MLFLOW_BIND}; going on without it. HITL_MLFLOW_BIND chooses"
        )
        return []
    return [mlflow.child(bind, settings.DATA_DIR / "mlflow")]


def make_demo(say: Say) -> list[str]:
    """What it said: passwords, when accounts were made. Whoever deletes the demo and goes on is left in peace."""
    if Project.objects.exists() and not Source.objects.filter(kind=Source.Kind.DEMO).exists():
        return []
    if not User.objects.exists():
        say("Demo: painting pictures and making three accounts")
    output = io.StringIO()
    call_command("seed_demo", stdout=output)
    lines = output.getvalue().splitlines()
    for line in lines:
        say(line)
    return lines


def manage(words: str) -> str:
    """A command line of manage.py that can be copied into another terminal."""
    program = Path(sys.executable)
    python = program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program
    data = os.environ.get("HITL_DATA_DIR")
    return (
        f"{f'HITL_DATA_DIR={shlex.quote(data)} ' if data else ''}{shlex.quote(str(python))} manage.py {words}"
    )


def how_to_sign_in(*, passwords_shown: bool) -> list[str]:
    """For whoever has just started it: as whom, and what to do without a password."""
    people = User.objects.filter(is_active=True)
    names = list(people.order_by("date_joined", "pk").values_list("username", flat=True)[: NAMES_SHOWN + 1])
    if not names:
        return [f"Nobody can sign in yet. First account: {manage('create_manager NAME')}"]
    shown = ", ".join(names[:NAMES_SHOWN]) + (" and others" if len(names) > NAMES_SHOWN else "")
    where = "are above" if passwords_shown else "were shown once, when the accounts were made"
    return [
        f"Sign in as {shown}. The passwords {where}.",
        f"Forgotten password: {manage('changepassword NAME')}",
        f"New manager:        {manage('create_manager NAME')}",
    ]


def who_can_reach(listen: Address) -> list[str]:
    """A word of warning when the port is open to the network."""
    if settings.TLS or is_this_machine(listen.host):
        return []
    names = ", ".join(settings.ALLOWED_HOSTS)
    return [f"Open to the network, without TLS, under these names: {names} (HITL_ALLOWED_HOSTS)"]


def is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def run(*, demo: bool, say: Say) -> None:
    """Start everything and return when it was asked to stop. Raises CannotStart, ChildFailed."""
    listen = address()
    command = chosen_web_command(listen)
    check_port_free(listen)
    tracking = mlflow_child(say)
    try:
        passwords_shown = prepare_database(demo=demo, say=say)
        prepare_model(say)
        advice = [*who_can_reach(listen), *how_to_sign_in(passwords_shown=passwords_shown)]
    except KeyboardInterrupt:
        raise CannotStart("Interrupted before it was ready. The next start goes on from here.") from None
    finally:
        connections.close_all()
    own = {"HITL_MLFLOW_URL": mlflow.url_of(mlflow.parse_bind(settings.MLFLOW_BIND))} if tracking else {}
    children = [
        Child("web", command, own, essential=True),
        Child("worker", [sys.executable, "manage.py", "worker"], own),
        *tracking,
    ]
    asyncio.run(_supervise(Supervisor(children, say=say), listen, advice, say))


async def _supervise(supervisor: Supervisor, listen: Address, advice: list[str], say: Say) -> None:
    say("Starting the web server and the worker")
    announcing = asyncio.create_task(_announce(supervisor, listen, advice, say))
    try:
        await supervisor.run()
    finally:
        announcing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await announcing
    say("Stopped. Nothing was lost")


async def _announce(supervisor: Supervisor, listen: Address, advice: list[str], say: Say) -> None:
    """Wait until the port answers, then say where to go."""
    while not await _answers(listen):
        await asyncio.sleep(READY_POLL_S)
    supervisor.ready.set()
    for line in ["", f"Ready: {listen.url}   (stop with Ctrl+C)", *advice, ""]:
        say(f"  {line}".rstrip())


async def _answers(listen: Address) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)  # noqa: S104
    try:
        _, writer = await asyncio.open_connection(host, listen.port)
    except OSError:
        return False
    writer.close()
    return True
