"""Typed reading of environment variables: a wrong value stops the start and names the variable.

Set to nothing is the same as not set.
"""

import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class SettingError(Exception):
    """A setting is missing or has a value that cannot be used."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name}={value!r}: use 1 or 0")


def number(name: str, default: int) -> int:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError as error:
        raise SettingError(f"{name}={value!r}: use a whole number") from error


def choice(name: str, values: tuple[str, ...]) -> str:
    """One of ``values``; the first when it is not set."""
    value = text(name, values[0])
    if value not in values:
        raise SettingError(f"{name}={value!r}: use {' or '.join(values)}")
    return value


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks or single addresses, separated by commas."""
    try:
        return [ip_network(word) for word in words(name)]
    except ValueError as error:
        raise SettingError(
            f"{name}: {error}; use networks such as 10.1.0.0/16, separated by commas"
        ) from error


def folder(name: str, default: Path) -> Path:
    """An absolute path to a folder that exists (made if need be) and can be written."""
    path = Path(text(name, str(default))).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise SettingError(
            f"{name}={str(path)!r}: {error.strerror}; name a folder that can be written"
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise SettingError(f"{name}={str(path)!r}: this user may not write there")
    return path


def remote(name: str) -> str:
    """An absolute path of a folder, or s3://bucket/prefix; empty where it is not set."""
    value = text(name)
    is_place = value.startswith("/") or re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+(/[\w./-]*)?", value)
    if value and (not is_place or any(character in value for character in "\"'\r\n")):
        raise SettingError(f"{name}={value!r}: use the absolute path of a folder, or s3://bucket/prefix")
    return value


def database(name: str, default_path: Path) -> dict[str, object]:
    """Django's DATABASES entry for a URL such as postgres://user:password@host:5432/name.

    Unset means the embedded default: SQLite at ``default_path``.
    """
    url = os.environ.get(name, "")
    if not url:
        return sqlite(default_path)
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(Path(unquote(parts.path)))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingError(f"{name}: use postgres://user:password@host:5432/name or sqlite:///path")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    options["pool"] = {
        "min_size": 1,
        "max_size": number("HITL_DATABASE_POOL", 12),
        # Short, so that the site is back a second or two after the database, however long that was away: the pool
        # doubles its pause after each failure until reconnect_timeout, and a new caller begins afresh.
        "timeout": 4,
        "reconnect_timeout": 2,
    }
    if flag("HITL_DATABASE_PREPARE", default=True):
        # Of what goes past Django's cursors (sync.statements); those prepare nothing.
        options["prepare_threshold"] = 5
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,  # or the first requests after a restart of the database would fail
        "OPTIONS": options,
    }


def sqlite(path: Path) -> dict[str, object]:
    """SQLite as a server database: WAL, writers queue at BEGIN, commits reach the disk."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: an acknowledged edit survives a power cut, not only a crash of the process.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;",
        },
    }
