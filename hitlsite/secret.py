"""The signing key: given by the environment, else generated once per installation."""

import os
import secrets
from pathlib import Path

from .env import SettingError


def secret_key(data_dir: Path, *, required: bool) -> str:
    """HITL_SECRET_KEY, or the key kept in ``data_dir/secret_key`` (made on first use, mode 0600)."""
    given = os.environ.get("HITL_SECRET_KEY", "")
    if given:
        if len(given) < 32:
            raise SettingError("HITL_SECRET_KEY is shorter than 32 characters")
        return given
    if required:
        raise SettingError("HITL_SECRET_KEY is not set; give every process the same long random value")
    path = data_dir / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()
