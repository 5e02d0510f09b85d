"""docs/protocol.md and the code name the same things: nothing is missing on either side."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest

from annotate import consumers
from annotate.models import Frame
from annotate.sync import protocol
from annotate.sync.log import WireOperation
from annotate.sync.operations import FIELDS, RETRYABLE, BoxState, ChangeKind, Code, CommandKind, Origin
from annotate.sync.opinions import OpinionState
from annotate.sync.protocol import ClientMessage, Ephemeral, FieldSet, WireCommand

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text()
SOURCES = [ROOT / "annotate" / "consumers.py", *sorted((ROOT / "annotate" / "sync").glob("*.py"))]
TO_SERVER, TO_CLIENT = PAGE.split("## Server to client")[0], PAGE.split("## Server to client")[1]
CLOSE_CODES = range(4400, 4600)


def section(title: str) -> str:
    """From a heading to the next of the same or a higher level."""
    level = title.split(" ")[0]
    after = PAGE.split(f"\n{title}", 1)[1]
    return re.split(rf"\n#{{1,{len(level)}}} ", after)[0]


def ticked(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def rows(text: str, head: str) -> list[list[str]]:
    """The cells of the table whose first column is called ``head``."""
    after = text.split(f"\n| {head} |", 1)[1]
    lines = after.splitlines()[2:]  # the rest of the head, the dashes
    end = next((place for place, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[:end]]


def table(text: str, head: str) -> dict[str, list[str]]:
    """Per name in the first column the other cells. A first cell may hold several names."""
    return {name: cells[1:] for cells in rows(text, head) for name in " ".join(ticked(cells[0])).split()}


def headed(text: str) -> set[str]:
    """Types that have a heading of their own."""
    return {name for line in text.splitlines() if line.startswith("### ") for name in ticked(line)}


def trees() -> Iterator[ast.Module]:
    for path in SOURCES:
        yield ast.parse(path.read_text())


def test_every_status_of_a_frame() -> None:
    [said] = [cells for cells in rows(TO_CLIENT, "type") if ticked(cells[0]) == ["frame"]]
    assert set(Frame.Status.values) <= set(ticked(said[-1]))


def test_every_type_of_a_client() -> None:
    types = {str(one.__struct_config__.tag) for one in get_args(ClientMessage)}
    assert headed(TO_SERVER) == types


def test_every_type_of_the_server() -> None:
    said = set()
    for path in SOURCES:
        said |= set(re.findall(r"""["']t["']: ?["'](\w+)["']""", path.read_text()))
    others = table(section("### The others"), "type")
    assert headed(TO_CLIENT) | set(others) == said


def test_every_command() -> None:
    words = table(section("### `op`: commands"), "field")
    assert set(ticked(words["k"][0])) == set(get_args(CommandKind))
    assert set(words) == set(WireCommand.__struct_fields__)


def test_every_field_of_a_box() -> None:
    assert set(table(section("### `op`: commands"), "field in `set`")) == set(FieldSet.__struct_fields__)


def test_every_word_of_an_operation() -> None:
    words = table(section("### `ev`: operations"), "field")
    assert set(ticked(words["k"][0])) == {*get_args(ChangeKind), "rate"}
    assert set(ticked(words["o"][0])) == set(get_args(Origin))
    named = set(words) | set(ticked(words["g"][0])) | {"box"}
    assert {name for name in named if name.isalnum()} == set(WireOperation.__struct_fields__)


def test_every_refusal_and_whether_it_is_decided() -> None:
    refusals = table(section("### `ack` and `nack`"), "nack")
    assert set(refusals) == {str(code) for code in Code}
    undecided = {name for name, cells in refusals.items() if cells[1].startswith("no")}
    assert undecided == {str(code) for code in RETRYABLE}
    assert {cells[1] for name, cells in refusals.items() if name not in undecided} == {"yes"}


def test_every_close_code() -> None:
    used = {
        node.value
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value in CLOSE_CODES
    }
    named = {
        int(code)
        for cells in rows(section("## Close codes"), "code")
        for code in re.findall(r"\b\d{4}\b", cells[0])
    }
    assert {code for code in named if code in CLOSE_CODES} == used
    assert {code for code in named if code not in CLOSE_CODES} <= {1000, 1001, 1006, 1009, 1011, 1012}


def test_close_codes_that_a_server_program_refuses_to_send_are_not_used() -> None:
    """autobahn, and with it Daphne, raises for a code that is neither 1000 nor 3000 to 4999."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                first = node.args[0]
                if name in ("close", "close_all", "Closed") and isinstance(first, ast.Constant):
                    assert isinstance(first.value, int) and 3000 <= first.value <= 4999


def test_bye_has_after_exactly_for_the_codes_after_which_a_client_comes_back() -> None:
    comes_back = {
        int(code)
        for cells in rows(section("## Close codes"), "code")
        for code in re.findall(r"\b4\d{3}\b", cells[0])
        if cells[2].startswith("yes")
    }
    assert comes_back == set(consumers.AFTER_MS)


def test_every_complaint() -> None:
    said = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_complain":
                code = node.args[1]
                assert isinstance(code, ast.Constant)
                said.add(code.value)
    meaning = table(section("### The others"), "type")["error"][1]
    assert set(ticked(meaning)) == said


def test_every_kind_of_ephemera() -> None:
    kinds = set(get_args(Ephemeral.__annotations__["kind"]))
    assert set(re.findall(r'"kind":"(\w+)"', section("### `eph`: what is happening now"))) == kinds


EXAMPLES = re.findall(r"^ {4}(\{\"t\":.*)$", TO_SERVER, re.M)


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_examples_for_clients_are_understood(line: str) -> None:
    texts = [text for text in re.split(r" {3,}", line) if text]
    for text in texts:
        filled = text.replace("<gesture>", "g1")
        while "<uuid>" in filled:
            filled = filled.replace("<uuid>", str(uuid4()), 1)
        message = protocol.decode(filled)
        if isinstance(message, Ephemeral):
            protocol.ephemeral_value(message)
        known = {"t", *message.__struct_fields__}
        assert set(json.loads(filled)) <= known, "an example names no field that is ignored"


def test_there_are_examples_of_every_message_of_a_client() -> None:
    named = {kind for line in EXAMPLES for kind in re.findall(r'"t":"(\w+)"', line)}
    assert named == headed(TO_SERVER)


def test_there_are_examples_of_every_message_of_the_server_with_a_heading() -> None:
    named = set(re.findall(r'"t":"(\w+)"', TO_CLIENT))
    assert named == headed(TO_CLIENT)


def test_the_example_of_a_box_has_all_of_its_fields() -> None:
    example = section("### `snapshot`")
    state = BoxState(uuid4(), dict.fromkeys(FIELDS), "human", None, None, 3, 1, None, {}, {})
    assert set(re.findall(r'"(\w+)":', example)) == {
        *protocol.wire_box(state),
        *protocol.wire_opinion(uuid4(), 3, OpinionState()),
        *("t", "head", "part", "parts", "boxes", "deleted"),
    }


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("At most {} commands in a message", protocol.MAX_COMMANDS),
        ("one JSON object of at most {} KiB", protocol.MAX_MESSAGE_BYTES // 1024),
        ("within {} s", int(consumers.HELLO_WITHIN_S)),
    ],
)
def test_numbers_of_the_page(words: str, value: int) -> None:
    assert words.format(value) in PAGE
