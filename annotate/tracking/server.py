"""The MLflow that `make run` starts: on this machine alone, with its own SQLite, in the data folder.

Not ``mlflow server``: that is a process that starts another one, which stays behind when the first is killed, and takes
twice the memory. What it would set in the environment is set here; the version is pinned, and
tests/tracking/test_real_mlflow.py holds it to that.
"""

import importlib.util
import ipaddress
import shutil
import sys
from pathlib import Path

from ..servers import Address
from ..supervisor import Child

PREFIX = "/mlflow"
"""Where it is under the site too (views.mlflow_proxy), so that its own links hold."""
NICE = "5"  # edits come before experiments where both want the same cores


class NotThisMachine(Exception):
    """MLflow has no accounts: listening wider would show everything to everybody."""


def is_installed() -> bool:
    return importlib.util.find_spec("mlflow") is not None


def parse_bind(text: str) -> Address:
    """Raises BadAddress, NotThisMachine."""
    bind = Address.parse(text, name="HITL_MLFLOW_BIND")
    try:
        is_here = ipaddress.ip_address(bind.host).is_loopback
    except ValueError:
        is_here = bind.host == "localhost"
    if not is_here:
        raise NotThisMachine(
            f"HITL_MLFLOW_BIND={text!r}: MLflow has no accounts and listens on this machine alone; "
            "use 127.0.0.1:port. People reach it through the site, at /mlflow/"
        )
    return bind


def url_of(bind: Address) -> str:
    return bind.url.rstrip("/") + PREFIX


def child(bind: Address, folder: Path) -> Child:
    """``folder`` is made: runs in mlflow.sqlite3, files in artifacts."""
    folder.mkdir(mode=0o750, exist_ok=True)
    options = {"--host": bind.host, "--port": str(bind.port), "--workers": "1", "--log-level": "warning"}
    words = [word for pair in options.items() for word in pair]
    polite = ["nice", "-n", NICE] if shutil.which("nice") else []
    command = [*polite, sys.executable, "-m", "uvicorn", *words, "mlflow.server.fastapi_app:app"]
    return Child("mlflow", command, environment_for(bind, folder))


def environment_for(bind: Address, folder: Path) -> dict[str, str]:
    return {
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder / 'mlflow.sqlite3'}",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(folder / "artifacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_STATIC_PREFIX": PREFIX,
        "_MLFLOW_SGI_NAME": "uvicorn",
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(
            f"{name}:{bind.port}" for name in ("127.0.0.1", "localhost", "[::1]")
        ),
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": bind.url.rstrip("/"),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # ten processes and 2.6 GB for what is not used here
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONWARNINGS": "ignore",
    }
