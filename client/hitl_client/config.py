"""Where the site is, and the token: in a file that its owner alone can read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


class NotSignedIn(Exception):
    """There is no token yet."""


@dataclass(frozen=True, slots=True)
class Login:
    url: str
    token: str
    insecure: bool = False


def path() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "hitl" / "config.json"


def save(login: Login) -> Path:
    """Made with its rights, never given them afterwards; takes the place of the old one in one step."""
    place = path()
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(login), file)
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)
    return place


def load() -> Login:
    """From HITL_URL and HITL_TOKEN, else from the file. Raises NotSignedIn."""
    url, token = os.environ.get("HITL_URL", ""), os.environ.get("HITL_TOKEN", "")
    if url and token:
        return Login(url, token, insecure=os.environ.get("HITL_INSECURE") == "1")
    try:
        kept = json.loads(path().read_text())
        return Login(url or kept["url"], token or kept["token"], bool(kept.get("insecure")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotSignedIn("Sign in first: hitl login https://…") from error


def forget() -> None:
    path().unlink(missing_ok=True)
