"""docs/operations.md against the code: no setting, command or make target is missing, and none is invented."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.deploy.compose import ROOT, example, services, variables

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
NAME = re.compile(r"\bHITL_[A-Z0-9_]*[A-Z0-9]\b")
READERS = {"text", "flag", "number", "words", "networks", "folder", "database", "choice", "remote", "get"}
FROM_DJANGO = {"migrate", "changepassword", "createsuperuser"}  # the ones an operator needs
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]


def sources() -> list[Path]:
    folders = [ROOT / "hitlsite", ROOT / "annotate", ROOT / "deploy"]
    return [path for folder in folders for path in sorted(folder.rglob("*.py"))]


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def read_variables() -> dict[str, ast.Call]:
    """Every HITL_* that the code reads from the environment, with the call that reads it."""
    found = {}
    for path in sources():
        for call in calls(path):
            function = (
                call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            )
            name = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
            if function in READERS and isinstance(name, str) and name.startswith("HITL_"):
                found[name] = call
    return found


def of_containers() -> set[str]:
    """What only docker-compose.yml and the scripts in deploy/ know."""
    environment = {name for service in services().values() for name in service.get("environment", {})}
    return {name for name in {*variables(), *environment, *example()} if name.startswith("HITL_")}


def documented() -> dict[str, str]:
    """Variable and default, from the tables of docs/operations.md."""
    rows = re.findall(r"^\| `(HITL_\w+)` \| ([^|]+) \| [^|]+ \|$", OPERATIONS, re.MULTILINE)
    assert len(rows) == len({name for name, _ in rows}), "a variable is described twice"
    return dict(rows)


def test_the_code_reads_variables_only_in_ways_that_this_test_sees() -> None:
    """A name built at run time or read by other means would escape it."""
    for path in sources():
        in_strings = {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            for name in NAME.findall(node.value)
        }
        assert in_strings <= documented().keys(), path
    assert len(read_variables()) > 20


def test_every_variable_is_documented_and_every_documented_one_exists() -> None:
    assert documented().keys() == read_variables().keys() | of_containers()


def of_tests() -> set[str]:
    """Variables that only the tests and benches read; docs/testing.md and bench/README.md tell of them."""
    sources = [
        path
        for folder in ("tests/browser", "tests/fuzz", "tests/faults", "bench")
        for path in (ROOT / folder).rglob("*.py")
    ]
    return {name for path in sources for name in NAME.findall(path.read_text())}


def test_no_page_names_a_variable_that_does_not_exist() -> None:
    for page in PAGES:
        assert set(NAME.findall(page.read_text())) <= documented().keys() | of_tests(), page


def test_documented_defaults_are_the_real_ones() -> None:
    compared = 0
    for name, call in read_variables().items():
        function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if function not in {"number", "flag"} or len(call.args) != 2:
            continue
        try:
            value = int(eval(compile(ast.Expression(call.args[1]), "", "eval"), {}))  # noqa: S307  (our own source)
        except NameError:
            continue  # follows another setting
        assert documented()[name] == f"`{value}`", name
        compared += 1
    assert compared > 12


def commands() -> set[str]:
    folder = ROOT / "annotate" / "management" / "commands"
    return {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    table = OPERATIONS.partition("\n## Commands\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)", table, re.MULTILINE)) == commands() | FROM_DJANGO


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_line_can_be_typed(page: Path) -> None:
    text = page.read_text()
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(
        re.findall(r"(?:^ {4,}(?:[A-Z_]+=\S+ )*|`(?:[A-Z_]+=\S+ )*)make ([a-z-]+)", text, re.MULTILINE)
    )
    assert named <= targets
    also_django = {*FROM_DJANGO, "shell", "check", "makemigrations"}
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= commands() | also_django
    composed = set(re.findall(r"docker compose (?:exec|run)(?: --?[\w-]+)* ([a-z]+)", text))
    assert composed <= services().keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"`((?:deploy|tools|tests|docs|hitlsite|annotate)/[\w./-]+\.\w+)`", page.read_text())
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("page", ["docs/operations.md", "SECURITY.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert links
    assert not [link for link in links if not (path.parent / link).exists()]


def test_s8_every_floor_is_explained_and_stated_as_it_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["server"]]
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", OPERATIONS.partition("must not go lower")[2], re.MULTILINE
    )
    stated = {
        name: floor
        for names, floors in rows
        for name, floor in zip(names.split(", "), re.findall(r"\d[\d.]*", floors), strict=False)
    }
    for requirement in wanted:
        match = re.fullmatch(r"([\w-]+)(?:\[[\w,]+\])?>=([\d.]+).*", requirement)
        assert match is not None, requirement
        assert stated.get(match[1]) == match[2], requirement
