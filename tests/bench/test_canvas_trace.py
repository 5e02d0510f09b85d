"""Script and painting are told apart rightly: a known trace in, known figures out."""

import json
from typing import Any

from bench.canvas_trace import frames_of

PAGE, MAIN, WORKER, OTHER_PAGE = 7, 1, 2, 8
FRAME = "ProxyMain::BeginMainFrame"


def slice_of(
    name: str, start: int, end: int, cpu: int | None = None, *, thread: int = MAIN, page: int = PAGE
) -> dict[str, Any]:
    """In microseconds."""
    event = {"name": name, "ph": "X", "pid": page, "tid": thread, "ts": start, "dur": end - start}
    return event if cpu is None else {**event, "tdur": cpu}


def figures(*events: dict[str, Any]) -> list[tuple[float, float]]:
    trace = json.dumps({"traceEvents": list(events)}).encode()
    return [(frame.script, frame.painting) for frame in frames_of(trace)]


def frame(start: int) -> list[dict[str, Any]]:
    """A drawn frame of 10 ms, 4 of them script, on CPU half of the time."""
    return [
        slice_of("RunTask", start - 10, start + 10_000, 5_000),
        slice_of(FRAME, start, start + 9_900, 5_000),
        slice_of("FireAnimationFrame", start + 1_000, start + 5_000, 2_000),
    ]


def test_it_tells_script_from_painting_by_the_time_on_the_cpu() -> None:
    assert figures(*frame(20_000), *frame(40_000)) == [(2.0, 3.0), (2.0, 3.0)]


def test_it_counts_what_runs_inside_other_script_once() -> None:
    inner = slice_of("FunctionCall", 21_500, 23_000, 700)
    assert figures(*frame(20_000), inner) == [(2.0, 3.0)]


def test_it_adds_raster_of_other_threads_to_painting() -> None:
    raster = slice_of("RasterTask", 25_000, 29_000, 1_500, thread=WORKER)
    assert figures(*frame(20_000), raster) == [(2.0, 4.5)]


def test_it_leaves_out_frames_that_no_script_drew_and_other_pages() -> None:
    idle = [slice_of("RunTask", 30_000, 31_000, 900), slice_of(FRAME, 30_000, 31_000, 900)]
    foreign = slice_of("FunctionCall", 20_000, 29_000, 9_000, page=OTHER_PAGE)
    assert figures(*frame(20_000), *idle, foreign) == [(2.0, 3.0)]


def test_it_finds_nothing_in_a_trace_without_frames() -> None:
    assert frames_of(json.dumps({"traceEvents": []}).encode()) == []
