"""``make env``: write .env from .env.example, with a random value behind every empty secret."""

import os
import re
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def filled(example: str) -> str:
    """The example with each ``NAME=`` completed."""
    return re.sub(r"(?m)^([A-Z_]+=)$", lambda line: line[1] + secrets.token_urlsafe(48), example)


def main() -> None:
    target = ROOT / ".env"
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        sys.exit(".env is there already and was left alone")
    with os.fdopen(descriptor, "w") as file:
        file.write(filled((ROOT / ".env.example").read_text()))
    print("Wrote .env with new secrets. Next:")  # noqa: T201
    print("  docker compose up -d")  # noqa: T201
    print("  docker compose exec web python manage.py create_manager")  # noqa: T201


if __name__ == "__main__":
    main()
