"""The first hour of a new user, in a real browser: ``.venv/bin/python bench/first_hour.py``. See bench/README.md.

Photographs of blood cells are dropped on a new project; with pointer and keys somebody who knows where every cell is
labels some, presses Train, promotes what came out, and goes on with what the model proposes. Nothing is done
that a person could not do in these pages; only what is on an image is read from the API instead of by eye.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from bench import first_hour_report, machine  # noqa: E402
from bench.annotator import tally_of  # noqa: E402
from bench.bccd import CLASSES, DataMissing, photos  # noqa: E402
from bench.first_hour_hands import Hands, Lost, picture  # noqa: E402
from tests.browser.conftest import chromium  # noqa: E402
from tests.services import free_port  # noqa: E402

START_S = 300
TRAIN_MS = 3_600_000
PICTURES = ROOT / "docs" / "images" / "first-hour"
KEYS = {name: str(digit) for digit, name in enumerate(CLASSES, 1)}


@dataclass
class Round:
    """``trained_s``: of the training before it, None for the first."""

    images: int
    acts: dict[str, int]
    actions: int
    boxes: int
    proposals: int
    modelled_s: float
    trained_s: float | None = None
    map50_95: float | None = None
    verdict: str = ""

    @property
    def corrections(self) -> float:
        """Per image: drawn, moved, relabelled or rejected; all but saying yes."""
        return sum(number for act, number in self.acts.items() if act != "accept") / self.images


@dataclass
class FirstHour:
    page: Page
    url: str
    images: int
    pictures: Path
    rounds: list[Round] = field(default_factory=list)

    def shot(self, name: str) -> None:
        picture(self.page, self.pictures / f"{name}.webp")

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto(f"{self.url}/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", password)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Projects")).to_be_visible()

    def make_project(self) -> None:
        self.page.get_by_role("link", name="New project", exact=True).click()
        self.page.get_by_label("Name", exact=True).fill("Blood cells")
        self.page.get_by_role("button", name="Create project").click()
        for name in CLASSES:
            self.page.get_by_label("Name", exact=True).last.fill(name)
            self.page.get_by_role("button", name="Add", exact=True).click()
            expect(self.page.locator(f'input[value="{name}"]')).to_be_visible()

    def add_photographs(self, paths: list[Path]) -> None:
        self.page.get_by_role("link", name="Images", exact=True).click()
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_text("Choose files").click()
        chooser.value.set_files(paths)
        count = self.page.locator("#upload-count")
        expect(count).to_have_text(re.compile(f"^[1-9]\\d+ of {len(paths)} files"))
        self.shot("1-photographs")
        expect(count).to_have_text(f"{len(paths)} of {len(paths)} files", timeout=600_000)

    def label(self, hands: Hands, name: str) -> None:
        """So many images, with whatever was proposed on them."""
        self.page.get_by_role("link", name="Images", exact=True).click()
        self.page.get_by_role("button", name="Continue").click()
        self.page.wait_for_url(re.compile("/frames/"))
        hands.until_saved()
        if self.rounds:
            self.page.wait_for_timeout(4000)  # what was said about the image is gone
            self.shot(f"{name}-proposed")
        if len(self.rounds) == 1:
            hands.press("Shift+A")  # the editor stays in the mode in which it was left
        done = []
        for number in range(self.images):
            done.append(hands.put_right())
            if number == 0:
                self.shot(name)
            hands.complete_and_next()
            print(f"  {number + 1} of {self.images}", end="\r", flush=True)
        tally = tally_of(done)
        acts = {act.value: number for act, number in tally.acts.items()}
        self.rounds.append(
            Round(self.images, acts, tally.actions, tally.truths, tally.proposals, tally.seconds)
        )

    def train(self, name: str) -> tuple[float, float, str]:
        """Seconds until the comparison was there, the mAP 50–95 of the model that proposes from now on, and what the
        page says of it."""
        self.page.goto(f"{self.url}/projects/2/training/")
        began = time.monotonic()
        self.page.get_by_role("button", name="Train", exact=True).click()
        progress = self.page.locator("#training-progress")
        expect(progress).to_contain_text(re.compile("epoch [2-9]\\d of"), timeout=TRAIN_MS)
        self.shot(f"{name}-train")
        expect(progress).to_be_hidden(timeout=TRAIN_MS)
        took = time.monotonic() - began
        self.page.locator("main table tbody tr").first.get_by_role("link").first.click()
        title = self.page.locator("#verdict-title")
        expect(title).to_be_visible()
        self.shot(f"{name}-compare")
        row = self.page.locator("table.compare tr", has_text="mAP 50–95").first
        quality = float(row.locator("td").nth(1).inner_text())
        verdict = title.inner_text().splitlines()[0]
        self.take()
        return took, quality, verdict

    def take(self) -> None:
        """The new model proposes from now on; the one before where the page does not offer the new one, as it looks no
        better."""
        promote = self.page.get_by_role("button", name=re.compile("^Promote"))
        if promote.count():
            promote.click()
            expect(self.page.get_by_text("proposes from now on")).to_be_visible()
            return
        choose = self.page.get_by_role("link", name="Choose it all the same")
        if choose.count():
            choose.click()
            self.page.get_by_role("button", name="Save").click()
            expect(self.page.get_by_text("Saved.")).to_be_visible()

    def wait_for_proposals(self, name: str) -> None:
        self.page.goto(f"{self.url}/projects/2/")
        self.page.wait_for_timeout(1000)
        self.shot(f"{name}-again")
        self.page.goto(f"{self.url}/projects/2/jobs/")
        done = self.page.locator("tbody tr", has_text="Detect on many images").first
        expect(done).to_contain_text("Done", timeout=600_000)

    def go(self, hands: Hands, trainings: int) -> None:
        print(f"{self.images} images by hand")
        self.label(hands, "2-by-hand")
        for number in range(trainings):
            name = str(3 + number)
            print("Train")
            trained = self.train(name)
            self.wait_for_proposals(name)
            print(f"{self.images} images with proposals")
            self.label(hands, f"{name}-next")
            one = self.rounds[-1]
            one.trained_s, one.map50_95, one.verdict = trained


@contextmanager
def product(folder: Path) -> Iterator[tuple[str, str]]:
    """``make run`` without the installing: where it is, and the password of maria. Raises Lost."""
    port, mlflow = free_port(), free_port()
    environment = os.environ | {
        "HITL_DATA_DIR": str(folder / "data"),
        "HITL_BIND": f"127.0.0.1:{port}",
        "HITL_MLFLOW_BIND": f"127.0.0.1:{mlflow}",
    }
    log = folder / "product.log"
    with log.open("wb") as out:
        words = [sys.executable, "manage.py", "up"]
        running = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield f"http://127.0.0.1:{port}", _password(log, running)
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)


def _password(log: Path, running: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + START_S
    while time.monotonic() < until and running.poll() is None:
        said = log.read_text()
        if "Ready:" in said and (found := re.search(r"maria\s+password: (\S+)", said)):
            return found[1]
        time.sleep(0.5)
    raise Lost(f"the product did not start: {log}")


def main(options: argparse.Namespace) -> None:
    """Raises DataMissing, Lost."""
    known = [*photos("train"), *photos("val")]
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with product(folder) as (url, password), sync_playwright() as driver:
        browser = chromium(driver)
        page = browser.new_page(viewport={"width": 1280, "height": 720}, locale="en")
        hour = FirstHour(page, url, options.images, PICTURES if options.docs else folder / "pictures")
        hour.sign_in("maria", password)
        hour.make_project()
        hour.add_photographs([photo.path for photo in known])
        hour.go(Hands(page, KEYS, known), options.trainings)
        browser.close()
    result: dict[str, Any] = {
        "machine": machine.facts(pinned=False),
        "minutes": (time.monotonic() - began) / 60,
        "rounds": [vars(one) | {"corrections": one.corrections} for one in hour.rounds],
    }
    (folder / "first-hour.json").write_text(json.dumps(result, indent=1))
    print(f"\n{first_hour_report.markdown(result)}\n\nAll figures: {folder / 'first-hour.json'}")
    if options.docs:
        first_hour_report.write_docs(result)
        print("docs/first-hour.md and its pictures are written")


def options_of(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=30, help="labelled before each training")
    parser.add_argument("--trainings", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=ROOT / "test-results" / "first-hour")
    parser.add_argument("--docs", action="store_true", help="also write docs/first-hour.md and its pictures")
    return parser.parse_args(words)


if __name__ == "__main__":
    try:
        main(options_of(sys.argv[1:]))
    except (DataMissing, Lost) as error:
        sys.exit(str(error))
