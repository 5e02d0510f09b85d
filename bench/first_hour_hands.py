"""A person in front of the pages, for bench/first_hour.py: what hands do with pointer and keys, and what eyes see."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy
from playwright.sync_api import Page, expect

from annotate.geometry import Edges
from bench.annotator import Act, Proposed, Step, steps_for
from bench.bccd import Photo, TrueBox

PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
FRAME = re.compile(r"/frames/(\d+)/")
SELECTED = """async () => {
  for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
  const rows = [...document.querySelectorAll('#boxes [role=option][aria-selected=true]')];
  return rows.length === 1 ? rows[0].dataset.box : null;
}"""
IS_ON_PICTURE = "() => document.activeElement?.id === 'main'"
ASKED = "address => fetch(address).then((answer) => answer.json())"
WEBP_QUALITY = 88
COVERED = 0.7
"""IoU with a kept box of its class from which a proposal is not shown (docs/audit.md)."""


class Lost(Exception):
    """The pages did not do what a person would expect. The text says what."""


def picture(page: Page, path: Path) -> None:
    """What is in sight, as WebP."""
    shot = cv2.imdecode(numpy.frombuffer(page.screenshot(), dtype=numpy.uint8), cv2.IMREAD_COLOR)
    assert shot is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), shot, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])


class Hands:
    """In the editor. ``keys``: the digit of each label, by its name."""

    def __init__(self, page: Page, keys: dict[str, str], photos: Sequence[Photo]) -> None:
        self.page = page
        self.keys = keys
        self.photos = {photo.stem: photo for photo in photos}

    # Eyes

    def until_saved(self) -> None:
        expect(self.page.locator("#picture")).to_be_visible()
        expect(self.page.locator("#save-state[data-mood=ok]")).to_be_visible()

    def photo(self) -> Photo:
        """The one that is open."""
        return self.photos[self.page.title().partition(".")[0]]

    def boxes(self) -> list[dict[str, Any]]:
        """Those of the open image, as the API has them."""
        found = FRAME.search(self.page.url)
        assert found is not None, self.page.url
        answer = self.page.evaluate(ASKED, f"/api/v1/frames/{found[1]}/boxes?limit=500")
        assert answer["next"] is None, "more boxes than one page of the API has"
        items: list[dict[str, Any]] = answer["items"]
        return items

    def proposals(self) -> list[Proposed]:
        names = {number: name for name, number in self.labels().items()}
        return [
            Proposed(one["id"], names[one["label"]], Edges(one["x1"], one["y1"], one["x2"], one["y2"]))
            for one in self.boxes()
            if one["status"] == "proposed"
        ]

    def labels(self) -> dict[str, int]:
        project = self.page.url.partition("/projects/")[2].partition("/")[0]
        answer = self.page.evaluate(ASKED, f"/api/v1/projects/{project}/labels")
        return {label["name"]: label["id"] for label in answer["items"]}

    # Hands

    def at(self, x: float, y: float) -> tuple[float, float]:
        """From image pixels to the place on the screen."""
        box = self.page.locator("#picture").bounding_box()
        assert box is not None
        scale = box["width"] / self.photo().width
        return box["x"] + x * scale, box["y"] + y * scale

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*self.at(*start))
        mouse.down()
        mouse.move(*self.at((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        mouse.move(*self.at(*end))
        mouse.up()

    def draw(self, true: TrueBox) -> None:
        self.press("Escape", self.keys[true.name], "b")
        edges = true.edges
        self.drag((edges.x1, edges.y1), (edges.x2, edges.y2))

    def adjust(self, before: Edges, after: Edges) -> None:
        """Of the selected box: the two corners that matter."""
        self.drag((before.x1, before.y1), (after.x1, after.y1))
        self.drag((before.x2, before.y2), (after.x2, after.y2))

    # One image

    def put_right(self) -> tuple[list[Proposed], Sequence[TrueBox], list[Step]]:
        """Everything that is to be done on the open image. Raises Lost where the image is not right afterwards."""
        self.until_saved()
        self.page.locator("#main").focus()
        photo, proposals = self.photo(), self.proposals()
        steps = steps_for(proposals, photo.boxes)
        covered = self.judge(
            {step.box: step for step in steps if step.box}, {one.box: one for one in proposals}
        )
        steps = [step for step in steps if not step.box or step.box not in covered]
        for step in steps:
            if step.act is Act.DRAW and step.true is not None:
                self.draw(step.true)
        self.press("Escape", "Escape")
        if any(step.act is Act.ACCEPT for step in steps):
            self.press("Shift+J")
        self.press("Escape")
        self.check(photo, covered)
        return proposals, photo.boxes, steps

    def judge(self, steps: dict[str, Step], proposals: dict[str, Proposed]) -> set[str]:
        """What is wrong, in the order in which the audit offers it. Returned is what is not offered any more, because
        the right box was moved onto it. Raises Lost where anything else is not offered."""
        left = {box: step for box, step in steps.items() if step.act is not Act.ACCEPT}
        for _ in range((len(steps) + 2) ** 2):
            if not left:
                return set()
            step = left.pop(self.page.evaluate(SELECTED) or "", None)
            if step is None:
                self.press("Tab")
            elif step.act is Act.REJECT:
                self.press("s")
            else:
                self.correct(step, proposals[step.box])
            if not self.page.evaluate(
                IS_ON_PICTURE
            ):  # behind the last one Tab goes on to what follows the picture
                self.page.locator("#main").focus()
                self.press("Escape")
        kept = [(step.true.name, step.true.edges) for step in steps.values() if step.true is not None]
        for box in left:
            one = proposals[box]
            if not any(name == one.name and edges.iou(one.edges) >= COVERED for name, edges in kept):
                raise Lost(f"the proposal {one} was never offered")
        return set(left)

    def correct(self, step: Step, proposed: Proposed) -> None:
        assert step.true is not None
        if step.act in (Act.RELABEL, Act.REDO):
            self.press(self.keys[step.true.name])
        if step.act in (Act.ADJUST, Act.REDO):
            self.adjust(proposed.edges, step.true.edges)
        self.press("Tab")

    def check(self, photo: Photo, covered: set[str]) -> None:
        """As many boxes of each label as there are cells, and nothing undecided that can be seen."""
        names = {number: name for name, number in self.labels().items()}
        wanted = sorted(box.name for box in photo.boxes)
        for _ in range(40):
            self.until_saved()
            boxes = self.boxes()
            kept = sorted(names[one["label"]] for one in boxes if one["status"] == "accepted")
            if kept == wanted and {one["id"] for one in boxes if one["status"] == "proposed"} <= covered:
                return
            self.page.wait_for_timeout(50)
        raise Lost(f"{photo.stem} has {len(kept)} boxes, not the {len(wanted)} that were drawn on it")

    def complete_and_next(self) -> None:
        before = self.page.url
        self.press("Control+Enter")
        self.page.wait_for_function("before => location.href !== before", arg=before)
