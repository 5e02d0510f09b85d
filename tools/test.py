"""``make test``: every check, one after the other, and a summary that says what was skipped and why.

``python tools/test.py``: all. ``lint``, ``types``, ``js``: only those. A step runs even when an earlier one
failed. Missing system programs are installed where nobody has to be asked: as root on Debian, unless
SYSTEM_PACKAGES=0.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
PYTEST = [PYTHON, "-m", "pytest", "-q"]
SOURCES = ["annotate", "client", "hitlsite", "tests", "tools", "bench", "manage.py"]
# Browsers, and tests that start servers of their own, choose their database themselves.
WITH_PROCESSES = "browser or faults"
SAME_ON_EVERY_DATABASE = "not browser and not faults"
# They touch no database, or only that of a site of their own: once is enough.
WITHOUT_DATABASE = [
    f"--ignore=tests/{name}"
    for name in (
        "agreement/test_rules.py",
        "ai/test_decode.py",
        "ai/test_fetch.py",
        "ai/test_hygiene.py",
        "ai/test_imports.py",
        "ai/test_onnx_detector.py",
        "ai/test_onnx_file.py",
        "ai/test_openvino_detector.py",
        "ai/test_package_index.py",
        "ai/test_telemetry.py",
        "ai/test_ultralytics_detector.py",
        "ai/test_warm.py",
        "api/test_client.py",
        "bench",
        "datasets/formats",
        "datasets/test_merging.py",
        "deploy/test_compose.py",
        "deploy/test_image.py",
        "docs",
        "geometry",
        "js",
        "media/test_archives.py",
        "media/test_decode.py",
        "media/test_streams.py",
        "media/test_video.py",
        "models/test_only_writer.py",
        "pages/test_static_files.py",
        "shared",
        "sync/test_apply.py",
        "sync/test_daphne_sockets.py",
        "sync/test_geometry.py",
        "sync/test_protocol.py",
        "sync/test_undo_rules.py",
        "sync/test_web_servers.py",
        "training",
        "webhooks/test_guard.py",
    )
]
LONGEST_FIRST = "--no-loadscope-reorder"
"""Files are handed out in the order of tests/conftest.py."""
SIDE_BY_SIDE = ["-n", str(min((os.cpu_count() or 1) + 1, 4)), "--dist", "loadfile", LONGEST_FIRST]
"""One more than there are cores: many tests wait for other processes. Not two more: with four on two cores nothing was
quicker, and some waited too long."""
SHELL = "chromium-headless-shell"
"""Chromium's engine without its windows: half the processes."""
INSTEAD = {SHELL: "chromium", "firefox-esr": "firefox"}
"""What does as well."""
IN_FIREFOX = ["tests/browser/test_together.py", "tests/browser/test_keys.py"]
"""Two people on one image, and everything by keys: in the other engine, too."""
DEBIAN_PACKAGES = {
    "postgres": "postgresql",
    "redis-server": "redis-server",
    SHELL: SHELL,
    "firefox-esr": "firefox-esr",
    "node": "nodejs",
    "npm": "npm",
    "nginx": "nginx-light",
    "msgfmt": "gettext",
    "ps": "procps",
}

sys.path.insert(0, str(ROOT))
from tests.services import PostgresServer, RedisServer, ServiceUnavailable, postgres_program  # noqa: E402


class Skip(Exception):
    """The step cannot run here; the text is the reason, one line."""


@dataclass(frozen=True)
class Step:
    name: str
    group: str
    run: Callable[[], bool]


def command(*words: str, env: Mapping[str, str] | None = None) -> bool:
    return (
        subprocess.run(
            words, cwd=ROOT, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL
        ).returncode
        == 0
    )


def has(program: str) -> bool:
    if program == "postgres":
        return postgres_program("postgres") is not None
    if program in INSTEAD and has(INSTEAD[program]):
        return True
    return shutil.which(program) is not None or Path("/usr/sbin", program).exists()


def install_system_packages() -> None:
    """On Debian as root: what the tests can use. Elsewhere nothing, and the steps say what they miss."""
    missing = sorted({package for program, package in DEBIAN_PACKAGES.items() if not has(program)})
    may = os.geteuid() == 0 and shutil.which("apt-get") and os.environ.get("SYSTEM_PACKAGES") != "0"
    if not missing or not may:
        return
    say(f"Installing system packages: {' '.join(missing)} (SYSTEM_PACKAGES=0 prevents it)")
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    if not command(*quiet, "update", env=env):
        return say("The list of packages could not be fetched; going on without")
    for package in missing:  # one by one: a package that is not to be had must not take the others along
        if not command(*quiet, "install", "-y", "--no-install-recommends", package, env=env):
            say(f"{package} could not be installed; going on without")
            if package in INSTEAD:
                command(*quiet, "install", "-y", "--no-install-recommends", INSTEAD[package], env=env)


def ruff() -> bool:
    checked = command(str(BIN / "ruff"), "check", *existing(SOURCES))
    return command(str(BIN / "ruff"), "format", "--check", "--quiet", *existing(SOURCES)) and checked


def imports() -> bool:
    return command(str(BIN / "lint-imports"))


def mypy() -> bool:
    return command(str(BIN / "mypy"), *existing(SOURCES))


def django_checks() -> bool:
    """Settings fit for production, and no model change without its migration."""
    with scratch_data() as data:
        production = {**data, "HITL_TLS": "1", "HITL_SECRET_KEY": secrets.token_urlsafe(50)}
        deploy = command(PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING", env=production)
        return (
            command(PYTHON, "manage.py", "makemigrations", "--check", "--dry-run", "-v", "1", env=data)
            and deploy
        )


def node_packages() -> Path:
    """The folder of package.json with node_modules installed. Raises Skip."""
    if not has("node"):
        raise Skip("Node.js is not installed (it is needed only to check the browser code)")
    folder = next((each for each in (ROOT, ROOT / "frontend") if (each / "package.json").exists()), None)
    if folder is None:
        raise Skip("there is no package.json")
    return folder


def tsc() -> bool:
    folder = node_packages()
    if not has("npm"):
        raise Skip("npm is not installed, so TypeScript cannot be had")
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        say("Installing TypeScript with npm ci")
        if not command("npm", "--prefix", str(folder), "ci", "--no-audit", "--no-fund", "--silent"):
            raise Skip("npm ci failed (see above)")
    return command(str(folder / "node_modules" / ".bin" / "tsc"), "-p", str(folder))


def node_tests() -> bool:
    """A dot for each test; failed ones are told in full at the end."""
    folder = node_packages()
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < 20:
        raise Skip(f"Node.js 20 or newer is needed, this is {version}")
    if not (folder / "node_modules" / "fake-indexeddb").exists():
        raise Skip("the packages of package.json are not installed (see the step before)")
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "js").rglob("*.test.js"))
    if not files:
        raise Skip("there are no tests in tests/js")
    return command("node", "--test", "--test-reporter=dot", *files)


def tests_pass(*words: str, env: Mapping[str, str]) -> bool:
    """All tests, and those that failed once more, alone: real browsers and killed processes also fail when a
    busy machine keeps them waiting. Both results stay on the screen; what fails twice has failed."""
    cache = ["-o", f"cache_dir={env['HITL_DATA_DIR']}/pytest-cache"]
    if command(*PYTEST, *cache, *words, env=env):
        return True
    say("\nThose that failed run once more")
    return command(*PYTEST, *cache, *words, "--last-failed", "--last-failed-no-failures=none", env=env)


def pytest_sqlite() -> bool:
    with embedded() as env:
        return tests_pass(*SIDE_BY_SIDE, "-m", SAME_ON_EVERY_DATABASE, env=env)


def pytest_processes() -> bool:
    with embedded() as env:
        return tests_pass(*SIDE_BY_SIDE, "-m", WITH_PROCESSES, env=env)


def pytest_firefox() -> bool:
    if not has("firefox-esr"):
        raise Skip("Firefox is not installed")
    with embedded() as env:
        return tests_pass(*SIDE_BY_SIDE, *IN_FIREFOX, env={**env, "HITL_TEST_BROWSER": "firefox"})


def pytest_servers() -> bool:
    """On the servers that the environment names, else on private ones from installed programs."""
    with scratch_data() as data, contextlib.ExitStack() as stack:
        try:
            servers = {
                "HITL_DATABASE_URL": os.environ.get("HITL_DATABASE_URL")
                or stack.enter_context(PostgresServer()).url,
                "HITL_REDIS_URL": os.environ.get("HITL_REDIS_URL") or stack.enter_context(RedisServer()).url,
            }
        except ServiceUnavailable as error:
            raise Skip(str(error)) from error
        secret = {"HITL_SECRET_KEY": secrets.token_urlsafe(50)}
        env = {**data, **servers, **secret}
        return tests_pass(*SIDE_BY_SIDE, "-m", SAME_ON_EVERY_DATABASE, *WITHOUT_DATABASE, env=env)


@contextlib.contextmanager
def scratch_data() -> Iterator[dict[str, str]]:
    """A data folder of its own, so that tests never see the developer's."""
    with tempfile.TemporaryDirectory(prefix="hitl-test-") as folder:
        yield {"HITL_DATA_DIR": folder}


@contextlib.contextmanager
def embedded() -> Iterator[dict[str, str]]:
    """The same with SQLite and without Redis, whatever the developer's environment names."""
    with scratch_data() as data:
        yield {**data, "HITL_DATABASE_URL": "", "HITL_REDIS_URL": ""}


STEPS = [
    Step("ruff: style", "lint", ruff),
    Step("import-linter: who may import whom", "lint", imports),
    Step("mypy --strict", "types", mypy),
    Step("Django: settings for production, migrations complete", "django", django_checks),
    Step("tsc: types of the browser code", "js", tsc),
    Step("node --test: the browser code", "js", node_tests),
    Step("pytest on SQLite", "pytest", pytest_sqlite),
    Step("pytest on PostgreSQL and Redis", "pytest", pytest_servers),
    Step("pytest with browsers and killed processes", "pytest", pytest_processes),
    Step("pytest in Firefox", "pytest", pytest_firefox),
]


def run(steps: list[Step]) -> bool:
    """All steps in order; whether none failed."""
    results: list[str] = []
    failed = False
    began = time.monotonic()
    for number, step in enumerate(steps, 1):
        say(f"\n== {number}/{len(steps)} {step.name}")
        started = time.monotonic()
        try:
            passed = step.run()
        except Skip as reason:
            results.append(f"  skipped  {step.name}: {reason}")
            say(f"Skipped: {reason}")
            continue
        failed = failed or not passed
        verdict = "passed " if passed else "FAILED "
        results.append(f"  {verdict}  {step.name} ({time.monotonic() - started:.0f} s)")
    say(f"\nSummary ({time.monotonic() - began:.0f} s)")
    for line in results:
        say(line)
    say("Something failed: the first FAILED line above says where to look." if failed else "Nothing failed.")
    return not failed


def existing(names: list[str]) -> list[str]:
    return [name for name in names if (ROOT / name).exists()]


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> None:
    groups = sys.argv[1:]
    if not groups:
        install_system_packages()
    chosen = [step for step in STEPS if not groups or step.group in groups]
    sys.exit(0 if run(chosen) else 1)


if __name__ == "__main__":
    main()
