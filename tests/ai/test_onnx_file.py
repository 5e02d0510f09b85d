"""M2: an ONNX file is looked through before a runtime gets it."""

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from annotate.ai import onnx_file
from annotate.ai.class_names import MAX_TEXT, class_names
from annotate.ai.problems import UnusableModel
from tests.ai.models import dense, model, save

OUTPUT = dense([[32, 32, 20, 20, 0.9, 0.1, 0.1]])


def plain() -> onnx.ModelProto:
    return model(OUTPUT, names=("cat", "dog", "bird"), size=(64, 64), metadata={"task": "detect"})


def outside() -> TensorProto:
    """A tensor that names a file of the machine."""
    tensor = TensorProto(name="answer", data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../etc/hostname"
    return tensor


def in_initializer(made: onnx.ModelProto) -> None:
    made.graph.initializer.append(outside())


def in_attribute(made: onnx.ModelProto) -> None:
    made.graph.node.append(helper.make_node("Constant", [], ["more"], value=outside()))


def in_branch(made: onnx.ModelProto) -> None:
    branch = helper.make_graph([], "branch", [], [], [outside()])
    made.graph.node.append(helper.make_node("If", ["zero"], ["more"], then_branch=branch, else_branch=branch))


def in_sparse_tensor(made: onnx.ModelProto) -> None:
    made.graph.sparse_initializer.add().values.CopyFrom(outside())


def in_function(made: onnx.ModelProto) -> None:
    node = helper.make_node("Constant", [], ["more"], value=outside())
    made.functions.append(helper.make_function("own", "f", [], ["more"], [node], made.opset_import))


def in_training(made: onnx.ModelProto) -> None:
    made.training_info.add().initialization.CopyFrom(helper.make_graph([], "start", [], [], [outside()]))


def by_path_only(made: onnx.ModelProto) -> None:
    """Without saying EXTERNAL."""
    tensor = outside()
    tensor.ClearField("data_location")
    made.graph.initializer.append(tensor)


def test_it_reads_hash_and_metadata(tmp_path: Path) -> None:
    path = save(plain(), tmp_path / "plain.onnx")
    file = onnx_file.read(path)
    assert file.version == hashlib.sha256(path.read_bytes()).hexdigest()
    assert file.metadata == {"names": "('cat', 'dog', 'bird')", "task": "detect"}


HIDING = [
    in_initializer,
    in_attribute,
    in_branch,
    in_sparse_tensor,
    in_function,
    in_training,
    by_path_only,
]


@pytest.mark.parametrize("hide", HIDING, ids=lambda hide: hide.__name__)
def test_m2_it_refuses_a_model_that_names_other_files(
    hide: Callable[[onnx.ModelProto], None], tmp_path: Path
) -> None:
    made = plain()
    hide(made)
    with pytest.raises(UnusableModel, match="external data"):
        onnx_file.read(save(made, tmp_path / "outside.onnx"))


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04" + bytes(100), b"\x80\x02}q\x00.", b"\x3a\xff\xff\xff\xff\x0f"]
)
def test_it_refuses_what_is_no_model(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(data)
    with pytest.raises(UnusableModel, match="not an ONNX model"):
        onnx_file.read(path)


def test_it_refuses_graphs_nested_without_end(tmp_path: Path) -> None:
    made = plain()
    graph = helper.make_graph([], "inner", [], [])
    for _ in range(20):
        node = helper.make_node("If", ["zero"], ["more"], then_branch=graph)
        graph = helper.make_graph([node], "outer", [], [])
    made.graph.node.append(helper.make_node("If", ["zero"], ["more"], then_branch=graph))
    with pytest.raises(UnusableModel):
        onnx_file.read(save(made, tmp_path / "deep.onnx"))


@settings(deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_read_but_never_crashes(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = bytearray(plain().SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.onnx"
    path.write_bytes(whole[: data.draw(st.integers(1, len(whole)))])
    with contextlib.suppress(UnusableModel):
        onnx_file.read(path)


@pytest.mark.parametrize(
    "text", ["{0: 'cat', 1: 'dog'}", '{"0": "cat", "1": "dog"}', '["cat", "dog"]', "('cat', 'dog')"]
)
def test_it_reads_class_names_of_every_spelling(text: str) -> None:
    assert class_names(text) == ("cat", "dog")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "{1: 'cat', 2: 'dog'}",
        "{0: 'cat', 2: 'dog'}",
        "{0: 'cat', 1: 7}",
        "{0: 'cat', 1: ''}",
        "{0: 'cat\\x00'}",
        "['cat', 'cat']",
        "__import__('os').system('true')",
        "{0: __import__('os').getcwd()}",
        "[" * 5000,
        "-" * 100_000 + "1",
        "['" + "a" * MAX_TEXT + "']",
    ],
    ids=lambda text: text[:30],
)
def test_it_refuses_class_names_that_are_none_and_runs_nothing(text: str) -> None:
    with pytest.raises(UnusableModel):
        class_names(text)
