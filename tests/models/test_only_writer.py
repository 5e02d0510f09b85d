"""Only sync/submit.py writes Box and Operation, and what follows from them in Feedback: else the log would not tell
what happened (rule 4)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITER = ROOT / "annotate" / "sync" / "submit.py"
WRITERS = {WRITER, WRITER.with_name("opinion_rows.py")}
MODELS = {"Box", "Operation", "Feedback"}
MANAGERS = {"boxes", "operations"}
WORDS = {"create", "get_or_create", "update_or_create", "update", "delete", "save"}
METHODS = {*WORDS, "bulk_create", "bulk_update", "raw_delete", "_raw_delete", *(f"a{word}" for word in WORDS)}
STATEMENTS = {"insert", "upsert", "update", "insert_rows", "write_rows"}
"""Functions that write rows of the model they are given."""
SQL = re.compile(
    r"\b(insert\s+into|update|delete\s+from|truncate)\s+\W*annotate_(box|operation|feedback)\b", re.I
)


def receiver(node: ast.expr) -> Iterator[str]:
    """The names along ``a.b(…).c[…]``, from right to left."""
    while True:
        if isinstance(node, ast.Attribute):
            yield node.attr
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            if isinstance(node, ast.Name):
                yield node.id
            return


def is_of_the_models(node: ast.expr, known: set[str]) -> bool:
    names = list(receiver(node))
    return bool(names) and (names[-1] in MODELS | known or bool(MANAGERS & set(names)))


def names_of_rows(tree: ast.Module) -> set[str]:
    """Variables that hold boxes or operations, or a query for them."""
    known = {"box", "operation"}
    for _ in range(3):  # a variable made from a variable
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                targets, value = node.targets, node.value
            elif isinstance(node, (ast.For, ast.comprehension)):
                targets, value = [node.target], node.iter
            elif isinstance(node, ast.NamedExpr):
                targets, value = [node.target], node.value
            else:
                continue
            if is_of_the_models(value, known):
                known |= {target.id for target in targets if isinstance(target, ast.Name)}
    return known


def writes_in(source: str) -> list[str]:
    """What in this source writes boxes or operations, as ``line: text``."""
    tree = ast.parse(source)
    known = names_of_rows(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_write(node, known):
            found.append(f"{node.lineno}: {ast.unparse(node)[:80]}")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            found.append(f"{node.lineno}: {node.value[:80]}")
    return found


def is_write(call: ast.Call, known: set[str]) -> bool:
    function = call.func
    if isinstance(function, ast.Name) and function.id in MODELS:
        return True
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in STATEMENTS and any(isinstance(one, ast.Name) and one.id in MODELS for one in call.args):
        return True
    return (
        isinstance(function, ast.Attribute)
        and function.attr in METHODS
        and is_of_the_models(function.value, known)
    )


@pytest.mark.parametrize(
    "source",
    [
        "Box(id=1)",
        "Box.objects.create(id=1)",
        "Box.objects.bulk_create([])",
        "Box.objects.filter(pk=1).update(x1=2)",
        "Box.objects.all()[:3].delete()",
        "Operation.objects.bulk_create(rows)",
        "Feedback.objects.filter(frame=1).update(verdict='')",
        "Operation.objects.using('default').filter().delete()",
        "frame.boxes.update(z=1)",
        "frame.boxes.filter(x1=1).exclude(x2=2).delete()",
        "label.boxes.all().update(label=2)",
        "user.operations.all().delete()",
        "rows = Box.objects.filter()\nrows.update(x1=1)",
        "rows = Box.objects.filter()\nfew = rows[:3]\nfew.delete()",
        "for row in Box.objects.all():\n    row.save()",
        "for row in frame.boxes.all():\n    row.delete()",
        "[row.save() for row in Box.objects.all()]",
        "box.save(update_fields=['x1'])",
        "async def f():\n    await Box.objects.filter().aupdate(x1=1)",
        "statements.insert(Box, rows)",
        "statements.update(Operation, rows, updated=())",
        "cursor.execute('UPDATE annotate_box SET x1 = 1')",
        "cursor.execute('delete  from \"annotate_operation\"')",
        "cursor.execute('INSERT INTO annotate_operation (id) VALUES (1)')",
    ],
)
def test_it_sees_a_write(source: str) -> None:
    assert writes_in(source)


@pytest.mark.parametrize(
    "source",
    [
        "Box.objects.filter(pk=1).values_list('x1')",
        "frame.boxes.count()",
        "Operation.objects.order_by('-revision').first()",
        "frame.save()",
        "Label.objects.create(name='a')",
        "settings = {}\nsettings.update(a=1)",
        "known = {row.pk for row in Box.objects.all()}",
        "cursor.execute('SELECT * FROM annotate_box')",
        "BoxAdmin(Box, site)",
    ],
)
def test_it_lets_reading_pass(source: str) -> None:
    assert writes_in(source) == []


def test_it_sees_the_writer_itself() -> None:
    """Else it would not see another one that is written like it."""
    found = "\n".join(writes_in(WRITER.read_text()))
    assert "Box" in found and "Operation" in found


def test_i15_nobody_else_writes_boxes_or_operations() -> None:
    found = {
        str(path.relative_to(ROOT)): writes
        for folder in ("annotate", "hitlsite")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path not in WRITERS and "migrations" not in path.parts
        if (writes := writes_in(path.read_text()))
    }
    assert found == {}
