"""The table that the server's rule and the browser's share (tests/js/geometry.test.js reads it too)."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from annotate.geometry import Edges, GeometryError, merged_edges

SHARED = Path(__file__).resolve().parent.parent / "shared" / "geometry-cases.json"
CASES: dict[str, list[dict[str, Any]]] = json.loads(SHARED.read_text())


def edges_in(corners: list[float] | None) -> Edges | None:
    return None if corners is None else Edges(*map(float, corners))


def bits_of(edges: Edges) -> list[str]:
    """Exact, so that -0.0 is not 0.0."""
    return [float(value).hex() for value in (edges.x1, edges.y1, edges.x2, edges.y2)]


@pytest.mark.parametrize("case", CASES["merge"], ids=lambda case: case["name"])
def test_it_merges_edges_as_the_browser_does(case: dict[str, Any]) -> None:
    width, height = case["image"]
    given = {name: float(value) for name, value in case["given"].items()}
    present, expected = edges_in(case["present"]), edges_in(case["result"])
    if expected is None:
        with pytest.raises(GeometryError):
            merged_edges(present, given, width=width, height=height)
    else:
        assert bits_of(merged_edges(present, given, width=width, height=height)) == bits_of(expected)


@pytest.mark.parametrize("case", CASES["iou"], ids=lambda case: case["name"])
def test_it_measures_overlap_as_the_browser_does(case: dict[str, Any]) -> None:
    a, b = Edges(*case["a"]), Edges(*case["b"])
    assert math.isclose(a.iou(b), case["iou"], abs_tol=1e-12)
    assert a.iou(b) == b.iou(a)
