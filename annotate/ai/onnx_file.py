"""An ONNX file, looked through before a runtime gets it: hash, metadata, and no path to other files.

Tensors may be stored in other files that the model names by path; such a model is refused, because whoever
made it would choose what is read from this machine. Field numbers: onnx.proto.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .problems import UnusableModel, gettext_noop
from .protobuf import Malformed, Value, fields

MAX_FILE_BYTES = 2 * 1024**3 - 1  # what a protobuf message can have
MAX_METADATA_BYTES = 1_000_000
MAX_DEPTH = 20  # of graphs in nodes in graphs

MODEL_GRAPH, MODEL_METADATA, MODEL_TRAINING, MODEL_FUNCTIONS = 7, 14, 20, 25
TENSOR_EXTERNAL_DATA, TENSOR_DATA_LOCATION = 13, 14

# Which fields of a message lead to what, as (kind of message, field) -> kind of message inside.
INSIDE = {
    ("model", MODEL_GRAPH): "graph",
    ("model", MODEL_TRAINING): "training",
    ("model", MODEL_FUNCTIONS): "function",
    ("training", 1): "graph",
    ("training", 2): "graph",
    ("function", 7): "node",
    ("function", 11): "attribute",
    ("graph", 1): "node",
    ("graph", 5): "tensor",
    ("graph", 15): "sparse",
    ("node", 5): "attribute",
    ("attribute", 5): "tensor",
    ("attribute", 6): "graph",
    ("attribute", 10): "tensor",
    ("attribute", 11): "graph",
    ("attribute", 22): "sparse",
    ("attribute", 23): "sparse",
    ("sparse", 1): "tensor",
    ("sparse", 2): "tensor",
}


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """``data``: the whole file. ``version``: its sha256. ``metadata``: what the exporter wrote beside the graph."""

    data: bytes
    version: str
    metadata: Mapping[str, str]


def read(path: Path) -> OnnxFile:
    """Raises UnusableModel; OSError where the file cannot be read."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnusableModel(gettext_noop("The file is larger than a model can be."))
    data = path.read_bytes()
    try:
        message = memoryview(data)
        has_graph = any(number == MODEL_GRAPH for number, _ in fields(message))
        if has_graph and not _has_external_data(message, "model", 0):
            return OnnxFile(data, hashlib.sha256(data).hexdigest(), _metadata(message))
    except (Malformed, UnicodeDecodeError) as error:
        raise UnusableModel(gettext_noop("The file is not an ONNX model.")) from error
    if not has_graph:
        raise UnusableModel(gettext_noop("The file is not an ONNX model."))
    raise UnusableModel(
        gettext_noop(
            "The model keeps its weights in other files. Save it as one file, without external data."
        )
    )


def _has_external_data(message: memoryview, kind: str, depth: int) -> bool:
    """Raises Malformed."""
    if depth > MAX_DEPTH:
        raise Malformed("nested too deep")
    for number, value in fields(message):
        if kind == "tensor" and _is_external(number, value):
            return True
        inside = INSIDE.get((kind, number))
        if inside and isinstance(value, memoryview) and _has_external_data(value, inside, depth + 1):
            return True
    return False


def _is_external(number: int, value: Value) -> bool:
    return number == TENSOR_EXTERNAL_DATA or (number == TENSOR_DATA_LOCATION and value != 0)


def _metadata(message: memoryview) -> dict[str, str]:
    """The later of two equal keys counts. Raises Malformed, UnicodeDecodeError."""
    found: dict[str, str] = {}
    for number, value in fields(message):
        if number == MODEL_METADATA and isinstance(value, memoryview):
            if len(value) > MAX_METADATA_BYTES:
                raise Malformed("metadata too long")
            entry: dict[int, Value] = dict(fields(value))
            found[_text(entry.get(1))] = _text(entry.get(2))
    return found


def _text(value: Value | None) -> str:
    return str(value, "utf-8") if isinstance(value, memoryview) else ""
