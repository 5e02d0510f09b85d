"""Exit 0 when this container is well.

Without an argument: its web server answers /livez, asked under a name that the site allows. ``pulse``: of a process
without a port, everything that leaves a file in HITL_PULSE_DIR (annotate/pulse.py) has come round lately.
"""

import http.client
import os
import sys
import time
from pathlib import Path

TIMEOUT_S = 4
SILENT_S = 120.0
"""Longer than a database that is away keeps anybody waiting."""


def is_answering() -> bool:
    port = int(os.environ.get("HITL_BIND", "127.0.0.1:5000").rpartition(":")[2])
    allowed = os.environ.get("HITL_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/livez", headers={"Host": allowed or "127.0.0.1"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def has_pulse() -> bool:
    folder = os.environ.get("HITL_PULSE_DIR", "")
    files = list(Path(folder).glob("*")) if folder else []
    silent = [file.name for file in files if time.time() - touched_at(file) > SILENT_S]
    print("silent:", *(silent or (["everything"] if not files else ["nothing"])))  # noqa: T201
    return bool(files) and not silent


def touched_at(file: Path) -> float:
    """When it was touched; now, if it went away meanwhile."""
    try:
        return file.stat().st_mtime
    except OSError:
        return time.time()


if __name__ == "__main__":
    is_well = has_pulse() if sys.argv[1:] == ["pulse"] else is_answering()
    sys.exit(0 if is_well else 1)
