"""``python tools/environment.py run|data|dev|copies|ml|test``: make .venv hold exactly the versions of constraints.txt.

Runs with any Python from 3.11 and nothing installed. A stamp file remembers what was installed, so that the
second ``make run`` does not start pip at all. ``data`` is ``run`` and DVC; ``dev`` is ``run`` and what lint, types and
tests need; ``copies`` is ``dev`` and DVC with S3; ``ml`` is ``run`` and what training and .pt weights need, whose
versions are in constraints-ml.txt; ``test`` is everything. ``ml`` also gets the weights that a first training starts
from, while there is a network.
"""

import hashlib
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
EXTRAS = {
    "run": ("server", "tracking"),
    "data": ("server", "tracking", "data"),
    "dev": ("server", "tracking", "dev"),
    "copies": ("server", "tracking", "data", "s3", "dev"),
    "ml": ("server", "tracking", "data", "ml"),
    "test": ("server", "tracking", "data", "s3", "dev", "ml", "openvino"),
}
LOG_LINES_SHOWN = 15
FIRST_BASE = "yolo26n"
"""What a project's first training starts from: train.base in params.yaml."""


class CannotInstall(Exception):
    """Said to the user as it is."""


def requirements(kind: str) -> list[str]:
    """What pyproject.toml asks for. Given to pip as it is: nothing has to be built to run from the tree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *(line for extra in EXTRAS[kind] for line in extras[extra])]


def constraints(kind: str) -> list[Path]:
    """The files with the exact versions."""
    names = ["constraints.txt", *(["constraints-ml.txt"] if "ml" in EXTRAS[kind] else [])]
    return [ROOT / name for name in names]


def fingerprint(kind: str) -> str:
    """Changes whenever pip would have something to do."""
    versions = b"".join(path.read_bytes() for path in constraints(kind))
    interpreter = subprocess.run([PYTHON, "--version"], check=True, capture_output=True).stdout
    return hashlib.sha256(versions + interpreter + "\n".join(requirements(kind)).encode()).hexdigest()


def usable() -> bool:
    """Whether .venv has a Python that runs: a moved checkout or a removed interpreter breaks it."""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0


def create() -> None:
    say(f"Making .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode != 0:
        hint = "On Debian and Ubuntu: apt-get install python3-venv"
        raise CannotInstall(f"Could not make .venv. {hint}\n{made.stdout}{made.stderr}".rstrip())


def install(kind: str) -> None:
    """Run pip once; its output goes to .venv/install.log and is shown only when it fails."""
    wanted = requirements(kind)
    say(f"Installing {len(wanted)} packages and what they need into .venv (a minute or two, once)")
    log = VENV / "install.log"
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    exact = [word for path in constraints(kind) for word in ("-c", str(path))]
    with log.open("w") as output:
        result = subprocess.run([*command, *exact, *wanted], stdout=output, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
        hint = (
            "Without the public index: set PIP_INDEX_URL to a mirror or PIP_FIND_LINKS to a folder of wheels."
        )
        raise CannotInstall(f"pip could not install the packages (all of it: {log}):\n{tail}\n{hint}")


def stamp(kind: str) -> Path:
    return VENV / f".installed-{kind}"


def installed(kind: str) -> bool:
    """Whether this kind, or one that has all of it, is there in the versions wanted now."""
    enough = [each for each, extras in EXTRAS.items() if set(EXTRAS[kind]) <= set(extras)]
    return any(stamp(each).exists() and stamp(each).read_text() == fingerprint(each) for each in enough)


def prepare(kind: str) -> None:
    """Raises CannotInstall."""
    if not usable():
        create()
    if installed(kind):
        return
    started = time.monotonic()
    install(kind)
    stamp(kind).write_text(fingerprint(kind))
    say(f"Installed in {time.monotonic() - started:.0f} s")


def fetch_base() -> None:
    """Into the data folder, where it is not there yet. A failure is said, and is none of the installation: a training
    asks again by itself. The database may not be there yet, so nothing is listed."""
    words = ["manage.py", "fetch_weights", FIRST_BASE, "--if-wanted", "--unlisted"]
    done = subprocess.run([PYTHON, *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        say(done.stdout.rstrip())
        return
    reason = " ".join(done.stderr.split("\n")[-2:]).strip() or f"manage.py ended with {done.returncode}"
    say(f"Going on without {FIRST_BASE}, from which a first training starts: {reason}")


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> None:
    try:
        prepare(sys.argv[1])
        if sys.argv[1] == "ml":
            fetch_base()
    except CannotInstall as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted. The same command goes on from here.")


if __name__ == "__main__":
    main()
