"""Measure the canvas in a browser: ``.venv/bin/python bench/canvas.py``. See bench/README.md."""

import argparse
import contextlib
import hashlib
import json
import mimetypes
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from playwright.sync_api import Browser, CDPSession, Page, Route, expect, sync_playwright  # noqa: E402

from bench import canvas_report, machine  # noqa: E402
from bench.canvas_site import (  # noqa: E402
    AUDITED_FRAME_OF,
    EMPTY,
    FRAME_OF,
    HEIGHT,
    OPENED,
    WALK,
    WALKED,
    WALKED_BOXES,
    WIDTH,
    CanvasSite,
)
from bench.canvas_trace import CATEGORIES, Frame, frames_of  # noqa: E402
from tests.browser.editor import Editor  # noqa: E402

PATIENCE_MS = 90_000
"""The modules of another frontend come through this process: slow, but not measured."""
expect.set_options(timeout=PATIENCE_MS)

RESULTS = ROOT / "test-results" / "bench-canvas.json"
SCREEN = {"width": 1920, "height": 1080}
STEPS = 60
PAUSE_S = 1 / 60
SETTLED_MS = 700
EDITS = 30
OPENINGS = 5
MANY = (2000, 5000)
CASES = ("gestures", "audit", "many", "edit", "open", "memory", "pixels")
SIZES_OF = {"many": MANY, "open": (0,), "memory": (0,)}
"""Of those that are not measured at --boxes."""

Row = dict[str, Any]

PAINTED = """(input) => {
  window.benchPaints = [];
  addEventListener(input, (event) => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => window.benchPaints.push(performance.now() - event.timeStamp);
    after.port2.postMessage(null);
  }), { capture: true });
}"""
OPENED_AFTER = """(count) => {
  window.benchOpened = window.benchEdited = null;
  const place = document.getElementById('boxes-count');
  const painted = (then) => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => then(performance.now());
    after.port2.postMessage(null);
  });
  const counted = (number, then) => {
    const watcher = new MutationObserver(() => {
      if (place.textContent !== String(number)) return;
      watcher.disconnect();
      then();
    });
    watcher.observe(place, { childList: true, characterData: true, subtree: true });
  };
  let start = 0;
  addEventListener('keydown', (event) => { start = event.timeStamp; }, { capture: true, once: true });
  counted(count, () => painted((at) => {
    window.benchOpened = at - start;
    counted(count + 1, () => painted((then) => { window.benchEdited = then - start; }));
    const key = { key: 'n', code: 'KeyN', bubbles: true, cancelable: true };
    document.getElementById('main').dispatchEvent(new KeyboardEvent('keydown', key));
  }));
}"""
"""Milliseconds from the key to the boxes on the screen, and to a box that the hand makes at that moment."""
RESTS = "() => document.getElementById('layer-boxes').style.transform === ''"
CANVASES = "() => ['layer-boxes', 'layer-live'].map((id) => document.getElementById(id).toDataURL())"


@dataclass(frozen=True)
class Tree:
    """Whose modules the browser gets: this checkout's, or those of another folder that has ``src``."""

    name: str
    frontend: Path | None = None

    def serve(self, route: Route) -> None:
        assert self.frontend is not None
        path = self.frontend / "src" / route.request.url.partition("/src/")[2]
        kind = mimetypes.guess_type(path.name)[0] or "text/javascript"
        route.fulfill(path=path, content_type=kind)


class Hand(Editor):
    def at(self, x: float, y: float) -> tuple[float, float]:
        picture = self.page.locator("#picture").bounding_box()
        assert picture is not None
        return picture["x"] + x * picture["width"] / WIDTH, picture["y"] + y * picture["width"] / WIDTH


@contextlib.contextmanager
def editor(browser: Browser, site: CanvasSite, tree: Tree) -> Iterator[Hand]:
    opened = Hand(browser, site, "ada", viewport=SCREEN)
    opened.context.set_default_timeout(PATIENCE_MS)
    if tree.frontend:
        opened.context.route("**/static/*/src/**", lambda route: tree.serve(route))
    try:
        yield opened
    finally:
        opened.context.close()


# Gestures. Each begins and ends with the hand free.


def pan(hand: Hand) -> None:
    _drag(hand, (960, 540), (5, 3), button="middle")


def zoom(hand: Hand) -> None:
    mouse = hand.page.mouse
    mouse.move(*hand.at(900, 500))
    for step in range(STEPS):
        mouse.wheel(0, -60 if step % 30 < 15 else 60)
        time.sleep(PAUSE_S)


def drag(hand: Hand) -> None:
    """One box, put back afterwards."""
    _drag(hand, _a_box(hand), (3, 2))
    hand.press("Control+z", "Escape")


def marquee(hand: Hand) -> None:
    hand.page.keyboard.down("Shift")
    _drag(hand, (20, 20), (12, 8))
    hand.page.keyboard.up("Shift")
    hand.press("Escape")


def _drag(hand: Hand, start: tuple[float, float], step: tuple[float, float], button: Any = "left") -> None:
    mouse = hand.page.mouse
    (x, y), (dx, dy) = hand.at(*start), step
    mouse.move(x, y)
    mouse.down(button=button)
    for number in range(1, STEPS + 1):
        mouse.move(x + number * dx, y + number * dy)
        time.sleep(PAUSE_S)
    mouse.up(button=button)


def _a_box(hand: Hand) -> tuple[float, float]:
    """The middle of the tenth of the list: whatever lies on top there is taken."""
    x1, y1, x2, y2 = hand.rows()[9].edges
    return (x1 + x2) / 2, (y1 + y2) / 2


GESTURES: dict[str, Callable[[Hand], None]] = {"pan": pan, "zoom": zoom, "drag": drag, "marquee": marquee}


def traced(page: Page, act: Callable[[], None]) -> list[Frame]:
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=CATEGORIES)
    try:
        act()
        page.wait_for_timeout(SETTLED_MS)
    finally:
        trace = browser.stop_tracing()
    return frames_of(trace)


# Cases


def gestures(hand: Hand, count: int) -> Iterator[Row]:
    for name, gesture in GESTURES.items():
        _show(hand, count)
        frames = traced(hand.page, lambda gesture=gesture: gesture(hand))  # type: ignore[misc]
        yield {
            "boxes": count,
            "gesture": name,
            "frames": len(frames),
            "script": figures([frame.script for frame in frames]),
            "painting": figures([frame.painting for frame in frames]),
        }


def audit(hand: Hand, count: int) -> Iterator[Row]:
    """The same over proposals of a model, as the audit shows them."""
    for name, gesture in GESTURES.items():
        hand.open(AUDITED_FRAME_OF[count])
        expect(hand.page.locator("#boxes-count")).to_have_text(str(count))
        hand.page.locator("#main").focus()
        if hand.page.locator("#audit-bar").is_hidden():
            hand.press("Shift+A")
        expect(hand.page.locator("#audit-bar")).to_be_visible()
        hand.page.wait_for_timeout(SETTLED_MS)
        frames = traced(hand.page, lambda gesture=gesture: gesture(hand))  # type: ignore[misc]
        yield {
            "boxes": count,
            "gesture": name,
            "frames": len(frames),
            "script": figures([frame.script for frame in frames]),
            "painting": figures([frame.painting for frame in frames]),
        }
    hand.press("Shift+A")  # it is remembered, and other cases have other meanings for its keys
    expect(hand.page.locator("#audit-bar")).to_be_hidden()
    hand.page.wait_for_timeout(SETTLED_MS)


def many(hand: Hand, count: int) -> Iterator[Row]:
    """All boxes at once are dragged, put down and taken back."""
    _show(hand, count)
    hand.page.locator("#main").focus()
    hand.press("Control+a")
    expect(hand.page.locator("#boxes [aria-selected=true]").first).to_be_visible()
    before, place = hand.rows()[9].edges, _a_box(hand)
    frames = traced(hand.page, lambda: _drag(hand, place, (0.5, 0.5)))
    put_down = time.perf_counter()
    assert hand.rows()[9].edges != before, "they were not moved"
    hand.until_saved()
    saved_s = time.perf_counter() - put_down
    hand.press("Control+z")
    hand.until_saved()
    hand.press("Escape")
    yield {
        "boxes": count,
        "frames": len(frames),
        "script": figures([frame.script for frame in frames]),
        "painting": figures([frame.painting for frame in frames]),
        "saved_s": saved_s,
    }


def edit(hand: Hand, count: int) -> Iterator[Row]:
    """The selected box is moved to and fro: by an arrow key, and under the pointer that holds it."""
    _show(hand, count)
    x, y = _a_box(hand)
    hand.click(x, y)
    keys = ("ArrowRight", "ArrowLeft")
    yield {
        "boxes": count,
        "hand": "arrow key",
        **_edits(hand, "keydown", lambda step: hand.press(keys[step])),
    }
    mouse, (left, top) = hand.page.mouse, hand.at(x, y)
    mouse.move(left, top)
    mouse.down()
    mouse.move(left + 20, top)  # further than a click shakes
    hand.page.wait_for_timeout(SETTLED_MS)
    moved = _edits(hand, "pointermove", lambda step: mouse.move(left + 21 - step, top))
    mouse.up()
    hand.press("Control+z", "Escape")
    yield {"boxes": count, "hand": "drag", **moved}


def _edits(hand: Hand, kind: str, move: Callable[[int], None]) -> Row:
    """``kind``: the event that the move is. ``move``: there (0) and back (1)."""
    changed = sum(_draws_at_once(hand, kind, move) for _ in range(3))
    hand.page.evaluate(PAINTED, kind)

    def act() -> None:
        for number in range(EDITS):
            move(number % 2)
            hand.page.wait_for_timeout(50)

    frames = traced(hand.page, act)
    return {
        "to_paint": figures(hand.page.evaluate("() => window.benchPaints")[:EDITS]),
        "script": figures([frame.script for frame in frames]),
        "in_next_frame": changed == 3,
    }


def _draws_at_once(hand: Hand, kind: str, move: Callable[[int], None]) -> bool:
    """Whether the very next frame after the input shows the edit."""
    before = hand.page.evaluate(CANVASES)[1]
    hand.page.evaluate(
        """(input) => { window.benchDrawn = new Promise((resolve) => addEventListener(input,
          () => requestAnimationFrame(() => {
            const after = new MessageChannel();
            after.port1.onmessage = () => resolve(document.getElementById('layer-live').toDataURL());
            after.port2.postMessage(null);
          }), { capture: true, once: true })); }""",
        kind,
    )
    move(0)
    is_other: bool = before != hand.page.evaluate("() => window.benchDrawn")
    move(1)
    hand.page.wait_for_timeout(SETTLED_MS)  # else the next look at the canvas may come before this is drawn
    return is_other


def opening(hand: Hand) -> Iterator[Row]:
    """From the key that goes to the next image to its boxes on the screen, and to the first edit on it."""
    count = next(boxes for boxes, frame in FRAME_OF.items() if frame == OPENED)
    hand.open(EMPTY)
    wire = Wire(hand.context.new_cdp_session(hand.page))
    opened, edited, script = [], [], []
    for number in range(OPENINGS):
        hand.page.evaluate(OPENED_AFTER, count)
        wire.received = 0
        act = _opens(hand, count)
        if number:
            act()
        else:
            script = [frame.script for frame in traced(hand.page, act)]
        opened.append(hand.page.evaluate("() => window.benchOpened"))
        edited.append(hand.page.evaluate("() => window.benchEdited"))
        hand.until_saved()
        hand.press("Control+z")
        expect(hand.page.locator("#boxes-count")).to_have_text(str(count))
        hand.until_saved()
        hand.press("d")
        expect(hand.page.locator("#boxes-count")).to_have_text("0")
        hand.until_saved()
    yield {
        "boxes": count,
        "ms": figures(opened),
        "edited_ms": figures(edited),
        "script_ms": sum(script),
        "bytes": wire.before_edit,
    }


def _opens(hand: Hand, count: int) -> Callable[[], None]:
    def act() -> None:
        hand.press("f")
        hand.page.wait_for_function("() => window.benchEdited !== null")
        expect(hand.page.locator("#boxes-count")).to_have_text(str(count + 1))

    return act


class Wire:
    """Bytes that come in for data: answers of the API and messages of the socket, pictures left out."""

    def __init__(self, session: CDPSession) -> None:
        self.received = 0
        self.before_edit = 0
        session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", self._message)
        session.on("Network.webSocketFrameSent", self._sent)

    def _message(self, event: dict[str, Any]) -> None:
        self.received += len(event["response"]["payloadData"].encode())

    def _sent(self, event: dict[str, Any]) -> None:
        if '"t":"op"' in event["response"]["payloadData"] and not self.before_edit:
            self.before_edit = self.received


def memory(hand: Hand) -> Iterator[Row]:
    """After going through images, garbage collected."""
    hand.open(WALK)
    session = hand.context.new_cdp_session(hand.page)
    session.send("Performance.enable")
    for step in range(WALKED):
        if step in (9, WALKED - 1):
            yield {"images": step + 1, **_held(session)}
        if step == WALKED - 1:
            return
        hand.press("f")
        hand.page.wait_for_url(f"**/frames/{WALK + step + 1}/")
        expect(hand.page.locator("#boxes-count")).to_have_text(str(WALKED_BOXES))


def _held(session: CDPSession) -> Row:
    session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return {
        "heap_mib": metrics["JSHeapUsedSize"] / 2**20,
        "nodes": int(metrics["Nodes"]),
        "listeners": int(metrics["JSEventListeners"]),
    }


def pixels(hand: Hand, count: int) -> Iterator[Row]:
    """What both canvases hold in a few situations, as digests: the same in two trees when they draw the same."""
    _show(hand, count)
    yield _picture(hand, count, "whole")
    hand.click(*_a_box(hand))
    yield _picture(hand, count, "selected")
    hand.press("Shift+ArrowRight", "Shift+ArrowDown")
    yield _picture(hand, count, "moved")
    hand.press("Control+z", "Control+z", "Escape")
    yield _picture(hand, count, "put back")
    hand.page.keyboard.down("Shift")
    _drag(hand, (20, 20), (6, 4))
    hand.page.keyboard.up("Shift")
    yield _picture(hand, count, "many selected")
    hand.press("Escape")
    zoom_in = hand.at(900, HEIGHT / 2)
    hand.page.mouse.move(*zoom_in)
    hand.page.mouse.wheel(0, -900)
    yield _picture(hand, count, "near")
    hand.press("Shift+1")


def _picture(hand: Hand, count: int, scene: str) -> Row:
    hand.page.mouse.move(4, 4)  # off the picture: no hover
    hand.until_saved()
    hand.page.wait_for_timeout(SETTLED_MS)
    hand.page.wait_for_function(RESTS)
    boxes, live = (hashlib.sha256(one.encode()).hexdigest()[:16] for one in hand.page.evaluate(CANVASES))
    return {"boxes": count, "scene": scene, "layer_boxes": boxes, "layer_live": live}


def _show(hand: Hand, count: int) -> None:
    hand.open(FRAME_OF[count])
    expect(hand.page.locator("#boxes-count")).to_have_text(str(count))
    hand.page.wait_for_timeout(SETTLED_MS)


def figures(values: Sequence[float]) -> dict[str, float]:
    if len(values) < 2:
        return {"p50": values[0], "p95": values[0], "worst": values[0]} if values else {}
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": cuts[49], "p95": cuts[94], "worst": max(values)}


# Running


def measure(options: argparse.Namespace) -> list[Row]:
    trees = [Tree("this"), *([Tree("other", options.against.resolve())] if options.against else [])]
    rows: list[Row] = []
    with contextlib.ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        site = CanvasSite(
            options.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hitl-canvas-")))
        )
        if not (site.data / "hitl.sqlite3").exists():
            site.data.mkdir(parents=True, exist_ok=True)
            site.prepare()
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        try:
            site.start()
            for turn in range(options.rounds):
                for case in options.cases:
                    for count in SIZES_OF.get(case, options.boxes):
                        for tree in trees:
                            for row in _rows(browser, site, tree, case, count):
                                rows.append({"case": case, "tree": tree.name, "round": turn, **row})
                                canvas_report.say(rows[-1])
        finally:
            site.kill()
            browser.close()
    return rows


def _rows(browser: Browser, site: CanvasSite, tree: Tree, case: str, count: int) -> Iterator[Row]:
    with editor(browser, site, tree) as hand:
        if case == "open":
            yield from opening(hand)
        elif case == "memory":
            yield from memory(hand)
        else:
            counted = {"gestures": gestures, "audit": audit, "many": many, "edit": edit, "pixels": pixels}
            yield from counted[case](hand, count)
        if hand.complaints:
            raise SystemExit(f"the page complains: {hand.complaints}")


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--cases", nargs="+", choices=CASES, default=[one for one in CASES if one != "pixels"])
    add("--boxes", nargs="+", type=int, choices=sorted(AUDITED_FRAME_OF), default=[1000, 10_000])
    add("--rounds", type=int, default=1, help="repeat everything; tables show the median")
    add("--against", type=Path, metavar="DIR", help="another frontend folder, measured in turn with this one")
    add(
        "--data",
        type=Path,
        metavar="DIR",
        help="the site to use, made if it is not there; else one that goes away",
    )
    add("--chromium", default=shutil.which("chromium"), metavar="FILE", help="else Playwright's own")
    add("--json", type=Path, default=RESULTS, metavar="FILE", help="where the figures go")
    add("--read", type=Path, metavar="FILE", help="measure nothing, show the figures of an earlier run")
    add(
        "--docs",
        action="store_true",
        help=f"write the tables into {canvas_report.document().relative_to(ROOT)}",
    )
    return parser.parse_args(arguments)


def main() -> None:
    options = options_of(sys.argv[1:])
    if options.read:
        result: dict[str, Any] = json.loads(options.read.read_text())
    else:
        result = {"machine": machine.facts(pinned=False), "rows": measure(options)}
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=1))
        print(f"\nAll figures: {options.json}")
    print(canvas_report.markdown(result))
    if options.docs:
        canvas_report.write_into(canvas_report.document(), result)


if __name__ == "__main__":
    main()
