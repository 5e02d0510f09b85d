"""docker-compose.yml, Dockerfile and .env.example as data, for the tests beside this file."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")

Service = dict[str, Any]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return loaded


def services() -> dict[str, Service]:
    found: dict[str, Service] = compose()["services"]
    return found


def variables() -> dict[str, set[str]]:
    """Every ${NAME...} of the compose file, with what stands behind the name wherever it is used."""
    found: dict[str, set[str]] = {}
    for match in VARIABLE.finditer(FILE.read_text()):
        found.setdefault(match["name"], set()).add(match["rest"])
    return found


def example() -> dict[str, str]:
    """What .env.example sets."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@dataclass
class Stage:
    """One FROM of the Dockerfile with the instructions after it, those it builds on included."""

    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def last(self, name: str) -> str | None:
        return next((rest for word, rest in reversed(self.instructions) if word == name), None)

    def all(self, name: str) -> list[str]:
        return [rest for word, rest in self.instructions if word == name]


def stages() -> dict[str, Stage]:
    text = (ROOT / "Dockerfile").read_text()
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    found: dict[str, Stage] = {}
    current = Stage("")  # what stands before the first FROM
    for line in filter(None, map(str.strip, lines.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", rest, re.IGNORECASE).groups()  # type: ignore[union-attr]
            inherited = found[base].instructions if base in found else []
            current = found[name] = Stage(base, list(inherited))
        else:
            current.instructions.append((word, rest.strip()))
    return found
