"""``make lock``: write down the exact versions of everything that pyproject.toml asks for.

constraints.txt: for people, every extra. requirements.lock and deploy/mlflow.lock: what the images install,
with the hash of every file, so that a package replaced on the index is refused. Versions stay as they are
where they still fit; ``make lock ARGS=--upgrade`` takes the newest allowed ones.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ONLY = (
    "platform_python_implementation == 'CPython'"  # [tool.uv] environments; nothing else is supported anyway
)


def resolve(source: str, output: str, *options: str) -> None:
    """uv keeps the versions already in ``output``; "universal": one file for every system and Python."""
    command = [sys.executable, "-m", "uv", "pip", "compile", source, "--output-file", output]
    fixed = ["--universal", "--python-version", "3.11", "--no-annotate", "--quiet"]
    fixed += ["--custom-compile-command", "make lock"]
    subprocess.run([*command, *fixed, *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    path = ROOT / output
    text = path.read_text().replace(f" ; {ONLY} and ", " ; ")
    path.write_text(text.replace(f" ; {ONLY}", "").replace(f" and {ONLY}", ""))


def main() -> None:
    upgrade = sys.argv[1:]
    resolve("pyproject.toml", "constraints.txt", "--all-extras", *upgrade)
    exact = ["--generate-hashes", "--constraints", "constraints.txt"]
    resolve("pyproject.toml", "requirements.lock", "--extra", "server", *exact)
    resolve("deploy/mlflow.in", "deploy/mlflow.lock", "--generate-hashes", *upgrade)


if __name__ == "__main__":
    main()
