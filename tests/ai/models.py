"""Small ONNX files made by hand: what they put out does not depend on the picture."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR = 17, 8


def constant(
    path: Path,
    output: NDArray[Any],
    *,
    names: object = ("cat", "dog", "bird"),
    size: tuple[int | str, int | str] = (64, 64),
    metadata: dict[str, str] | None = None,
    kind: int = TensorProto.FLOAT,
) -> Path:
    """A model that takes 1 x 3 x size and always puts out ``output``."""
    return save(model(output, names=names, size=size, metadata=metadata, kind=kind), path)


def model(
    output: NDArray[Any],
    *,
    names: object,
    size: tuple[int | str, int | str],
    metadata: dict[str, str] | None = None,
    kind: int = TensorProto.FLOAT,
) -> onnx.ModelProto:
    """The picture is summed up, times zero, plus the output: so it is an input that counts."""
    number = np.float16 if kind == TensorProto.FLOAT16 else np.float32
    weights = [
        numpy_helper.from_array(np.asarray(output, number), "answer"),
        numpy_helper.from_array(np.zeros(1, number), "zero"),
    ]
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["answer", "nothing"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("images", kind, [1, 3, *size])],
        [helper.make_tensor_value_info("output0", kind, list(output.shape))],
        weights,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    wanted = {**({"names": repr(names)} if names is not None else {}), **(metadata or {})}
    helper.set_model_props(made, wanted)
    return made


def endless(path: Path) -> Path:
    """A model that looks at a picture for ever, in steps of less than a millisecond."""
    number, truth = TensorProto.FLOAT, TensorProto.BOOL
    step = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["goes_on"]),
            helper.make_node("Add", ["sum", "one"], ["more"]),
        ],
        "step",
        [
            helper.make_tensor_value_info("count", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", truth, []),
            helper.make_tensor_value_info("sum", number, []),
        ],
        [
            helper.make_tensor_value_info("goes_on", truth, []),
            helper.make_tensor_value_info("more", number, []),
        ],
        [numpy_helper.from_array(np.asarray(1, np.float32), "one")],
    )
    made = model(dense([[16, 16, 20, 20, 0.9, 0.0, 0.0]]), names=("cat", "dog", "bird"), size=(64, 64))
    made.graph.node[1].CopyFrom(helper.make_node("Loop", ["times", "yes", "mean"], ["nothing"], body=step))
    made.graph.initializer.append(numpy_helper.from_array(np.asarray(2**62, np.int64), "times"))
    made.graph.initializer.append(numpy_helper.from_array(np.asarray(True), "yes"))
    return save(made, path)


def save(made: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(made.SerializeToString())
    return path


def dense(rows: list[list[float]]) -> NDArray[np.float32]:
    """1 x (4 + classes) x N of rows: centre x, centre y, width, height, score per class."""
    return np.asarray(rows, np.float32).T[None]
