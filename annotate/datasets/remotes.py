"""Where copies of versions are kept: a folder or an S3-compatible store, by DVC's own program for the files.

    <remote>/files/md5/...        the files, in DVC's layout, shared by all projects
    <remote>/git/<project>.git    the history, in a folder: what ``git clone`` takes
    <remote>/git/<project>.bundle the same as one file, in S3: ``git clone project.bundle``

DVC is a program here, never imported: without it versions are made all the same.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from ..media import store
from .git import init_bare
from .repair import settle
from .repository import BRANCH, Repository, tag_of

LONGEST_S = 12 * 3600.0
LOOK_S = 0.2
GRACE_S = 5.0
SAID = 4000
"""Characters of what the program said that are kept."""
NO_FILE = "FileNotFoundError"
"""Said by s3fs."""
PASSED_ON = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "NO_PROXY")

Check = Callable[[], None]
"""Called now and then; may raise, and the copying ends."""


class CannotCopy(Exception):
    """Nothing is lost; what was copied already stays. ``code``: no_remote, no_dvc, nothing_there, failed
    or too_long."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(said or code)
        self.code = code
        self.said = said


def is_installed() -> bool:
    return importlib.util.find_spec("dvc") is not None


def is_set() -> bool:
    return bool(settings.DVC_REMOTE)


def push(repository: Repository, check: Check) -> str:
    """All versions into the remote; what is there already is not sent again. The last that DVC said; "" where there is
    no version. Takes the lock of the repository for a moment: those that are made while it sends go the next time.

    Raises CannotCopy, GitMissing, GitFailed, OSError, and what ``check`` raises.
    """
    with a_bundle() as bundle:
        with repository.locked(check):
            prepare(repository)
            tags = settle(repository)
            if not tags:
                return ""
            if not is_folder():
                # Before the files: a history never names what is not there yet.
                repository.git.run("bundle", "create", "--quiet", str(bundle), "--all")
        said = run_dvc(repository, ["push", "--all-tags"], check)
        if is_folder():
            send_history(repository, tags)
        else:
            s3("put", bundle, bundle_of(repository), check)
    return said


def send_history(repository: Repository, tags: Mapping[int, str]) -> None:
    """Of these versions, into the folder that others clone."""
    target = folder_of(repository)
    if not (target / "HEAD").is_file():
        store.make_folder(target)
        init_bare(target)
    names = [f"refs/tags/{tag_of(number)}" for number in sorted(tags)]
    newest = f"+{tags[max(tags)]}:{BRANCH}"
    repository.git.run("push", "--quiet", "--", str(target), *(f"{name}:{name}" for name in names), newest)


def pull(repository: Repository, check: Check) -> str:
    """Versions of the remote that are not here. A tag that both have must be the same commit. Errors as for ``push``;
    afterwards a repair gives the versions their rows."""
    repository.ensure()
    prepare(repository)
    if not is_folder():
        with a_bundle() as bundle:
            try:
                s3("get", bundle, bundle_of(repository), check)
            except CannotCopy as error:
                raise CannotCopy(
                    "nothing_there" if NO_FILE in error.said else error.code, error.said
                ) from error
            take_history(repository, bundle)
    elif not (folder_of(repository) / "HEAD").is_file():
        raise CannotCopy("nothing_there")
    else:
        take_history(repository, folder_of(repository))
    return run_dvc(repository, ["fetch", "--all-tags"], check)


def take_history(repository: Repository, source: Path) -> None:
    repository.git.run("fetch", "--quiet", "--no-tags", "--", str(source), "refs/tags/*:refs/tags/*")


@contextmanager
def a_bundle() -> Iterator[Path]:
    """A path of its own for a history as one file, which is gone afterwards."""
    path = store.scratch("jobs", f"history-{uuid.uuid4().hex}.bundle").resolve()
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.lock").unlink(missing_ok=True)  # of a git that was ended


def prepare(repository: Repository) -> None:
    if not is_set():
        raise CannotCopy("no_remote")
    if not is_installed():
        raise CannotCopy("no_dvc")
    repository.write_own_settings()


def is_folder() -> bool:
    return not settings.DVC_REMOTE.startswith("s3://")


def folder_of(repository: Repository) -> Path:
    return Path(settings.DVC_REMOTE) / "git" / f"{repository.project_id}.git"


def bundle_of(repository: Repository) -> str:
    return f"{settings.DVC_REMOTE.rstrip('/')}/git/{repository.project_id}.bundle"


def s3(what: str, path: Path, address: str, check: Check) -> None:
    """``what``: put or get, of one file, by what DVC itself uses for S3."""
    program = (
        "import sys, s3fs; what, path, address, endpoint = sys.argv[1:]; "
        "s3 = s3fs.S3FileSystem(endpoint_url=endpoint or None); "
        "s3.put(path, address) if what == 'put' else s3.get(address, path)"
    )
    words = [sys.executable, "-c", program, what, str(path), address, settings.DVC_REMOTE_ENDPOINT]
    run_program(words, path.parent, environment_of(path.parent), check)


def run_dvc(repository: Repository, words: Sequence[str], check: Check) -> str:
    command = [sys.executable, "-m", "dvc", *words]
    return run_program(command, repository.folder, environment_of(repository.temporary), check)


def environment_of(temporary: Path) -> dict[str, str]:
    """Credentials come from the usual variables of AWS; nothing of a person's settings of DVC."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    own = {
        "DVC_NO_ANALYTICS": "1",
        "DVC_GLOBAL_CONFIG_DIR": str(temporary / "no-settings"),
        "DVC_SYSTEM_CONFIG_DIR": str(temporary / "no-settings"),
        "DVC_SITE_CACHE_DIR": str(temporary / "site"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    return {**kept, **aws, **own}


def run_program(command: Sequence[str], folder: Path, environment: dict[str, str], check: Check) -> str:
    """In a session of its own, so that all of it can be ended. The end of what it said. Raises CannotCopy."""
    said = store.scratch("jobs", f"copy-{os.getpid()}-{time.monotonic_ns()}.log")
    try:
        with said.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  # fixed programs, arguments are a list
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                wait_for(process, check)
            finally:
                end(process)
        text = said.read_bytes()[-SAID:].decode(errors="replace").strip()
        if process.returncode != 0:
            raise CannotCopy("failed", text)
        return text
    finally:
        said.unlink(missing_ok=True)


def wait_for(process: "subprocess.Popen[bytes]", check: Check) -> None:
    deadline = time.monotonic() + LONGEST_S
    while process.poll() is None:
        check()
        if time.monotonic() > deadline:
            raise CannotCopy("too_long")
        time.sleep(LOOK_S)


def end(process: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            continue
