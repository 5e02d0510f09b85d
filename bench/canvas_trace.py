"""Script and painting told apart, per animation frame, from a trace of Chromium.

A frame begins where the browser begins one on the main thread; only those count in which an animation frame callback
ran. Times are CPU times of threads (``tdur``): what another process takes from this one is not counted, so that a
busy machine disturbs the figures little.
"""

import bisect
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]

CATEGORIES = ["benchmark", "devtools.timeline", "disabled-by-default-devtools.timeline", "v8"]
SCRIPT = {
    "EvaluateScript",
    "EventDispatch",
    "FireAnimationFrame",
    "FunctionCall",
    "MajorGC",
    "MinorGC",
    "RunMicrotasks",
    "TimerFire",
    "v8.callFunction",
}
"""All that runs JavaScript; what it forces the browser to do at once (style, layout) is its own fault and counted."""
DRAWING = "FireAnimationFrame"
TASK = "RunTask"
RASTER = "RasterTask"
FRAME = "ProxyMain::BeginMainFrame"


@dataclass
class Frame:
    """Milliseconds. ``painting``: style, layout, paint, canvas raster on the main thread; tiles on other threads."""

    script: float = 0.0
    painting: float = 0.0
    is_drawn: bool = False


def frames_of(trace: bytes) -> list[Frame]:
    """Frames of the page that has the most of them: a trace names other pages of the browser too."""
    events: list[Event] = json.loads(trace)["traceEvents"]
    begins = [event for event in events if event["name"] == FRAME]
    threads = [(event["pid"], event["tid"]) for event in begins]
    if not threads:
        return []
    page = max(set(threads), key=threads.count)
    starts = sorted(event["ts"] for event in begins if (event["pid"], event["tid"]) == page)
    whole = [event for event in events if event["ph"] == "X" and event["pid"] == page[0]]
    main = [event for event in whole if event["tid"] == page[1]]
    script = outermost(event for event in main if event["name"] in SCRIPT)
    tasks = outermost(event for event in main if event["name"] == TASK)
    raster = [event for event in whole if event["name"] == RASTER and event["tid"] != page[1]]

    frames = [Frame() for _ in starts]
    for event in script:
        _at(frames, starts, event).script += _ms(event)
    for event in main:
        if event["name"] == DRAWING:
            _at(frames, starts, event).is_drawn = True
    for event in [*tasks, *raster]:
        _at(frames, starts, event).painting += _ms(event)
    for frame in frames:
        frame.painting = max(0.0, frame.painting - frame.script)
    return [frame for frame in frames if frame.is_drawn]


def outermost(events: Iterable[Event]) -> list[Event]:
    """Without those that lie inside another one, on one thread."""
    found: list[Event] = []
    for event in sorted(events, key=lambda one: (one["ts"], -one.get("dur", 0))):
        if not found or event["ts"] >= found[-1]["ts"] + found[-1].get("dur", 0):
            found.append(event)
    return found


def _at(frames: Sequence[Frame], starts: Sequence[float], event: Event) -> Frame:
    """A task begins a little before the frame that it is about: its middle says which."""
    middle = event["ts"] + event.get("dur", 0) / 2
    return frames[max(0, bisect.bisect_right(starts, middle) - 1)]


def _ms(event: Event) -> float:
    return float(event["tdur"] if "tdur" in event else event.get("dur", 0)) / 1000
