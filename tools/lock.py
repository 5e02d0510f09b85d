"""``make lock``: write down the exact versions of everything that pyproject.toml asks for.

constraints.txt: for people, every extra but ml. constraints-ml.txt: what ml adds, without the CUDA packages of
torch (WITHOUT). requirements.lock and deploy/mlflow.lock: what the images install, with the hash of every file,
so that a package replaced on the index is refused, and wheels alone (``WHEELS``): what has none is named by uv, and
either another version has one or deploy/without.in leaves it out. Versions stay as they are where they still fit;
``make lock ARGS=--upgrade`` takes the newest allowed ones.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# [tool.uv] environments; nothing else is supported anyway, so the markers for it would only be noise.
ONLY = (
    "python_full_version < '3.15'",
    "platform_python_implementation == 'CPython'",
    "sys_platform != 'emscripten'",
)
EXTRAS = ("server", "tracking", "data", "s3", "dev", "openvino")
WHEELS = ("--only-binary", ":all:")  # as the Dockerfile installs
# torch on the public index asks for these, torch for the CPU does not. Pip finds the ones that it needs by itself.
WITHOUT = ("nvidia-c", "nvidia-n", "cuda-", "triton")


def resolve(source: str, output: str, *options: str) -> None:
    """uv keeps the versions already in ``output``; "universal": one file for every system and Python."""
    command = [sys.executable, "-m", "uv", "pip", "compile", source, "--output-file", output]
    fixed = ["--universal", "--python-version", "3.11", "--no-annotate", "--quiet"]
    fixed += ["--custom-compile-command", "make lock"]
    subprocess.run([*command, *fixed, *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    path = ROOT / output
    path.write_text("".join(map(without_noise, path.read_text().splitlines(keepends=True))))


def without_noise(line: str) -> str:
    """A requirement without those of its conditions that are always true here."""
    requirement, mark, condition = line.partition(" ; ")
    text = condition.rstrip("\\\n ")
    rest = condition[len(text) :]
    needed = [part for part in text.split(" and ") if part not in ONLY]
    return f"{requirement}{' ; ' if needed else ''}{' and '.join(needed)}{rest}" if mark else line


def keep_what_is_new(output: str, beside: str) -> None:
    """Leaves the lines of ``output`` that ``beside`` does not have, and no CUDA packages."""
    known = {line for line in (ROOT / beside).read_text().splitlines() if not line.startswith("#")}
    lines = (ROOT / output).read_text().splitlines()
    new = [line for line in lines if line not in known and not line.startswith(WITHOUT)]
    (ROOT / output).write_text("\n".join(new) + "\n")


def main() -> None:
    upgrade = sys.argv[1:]
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    resolve("pyproject.toml", "constraints.txt", *extras, *upgrade)
    resolve(
        "pyproject.toml", "constraints-ml.txt", "--extra", "ml", "--constraints", "constraints.txt", *upgrade
    )
    keep_what_is_new("constraints-ml.txt", "constraints.txt")
    exact = [
        "--generate-hashes",
        *WHEELS,
        "--constraints",
        "constraints.txt",
        "--excludes",
        "deploy/without.in",
    ]
    image = [word for extra in ("server", "data", "s3") for word in ("--extra", extra)]
    resolve("pyproject.toml", "requirements.lock", *image, *exact)
    resolve("deploy/mlflow.in", "deploy/mlflow.lock", "--generate-hashes", *WHEELS, *upgrade)


if __name__ == "__main__":
    main()
