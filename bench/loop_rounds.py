"""The loop, round by round: what a person does on the next frames, after each training on all that was labelled so far.

``bench/loop.py --rounds`` calls it. Two orders of images, each a project of its own on one running site: what the queue
of the product gives by its default strategy, and frames at random. The first frames are the same for both. Every round
is real: the annotator works through the live protocol, the training is the product's pipeline in its worker, the new
model proposes on what nobody has touched.

Each step leaves a file in the work folder when it is done, and a step that was interrupted begins anew from the
database as it was before it (trainings go on where they were). So a run that was killed is simply started again.
"""

import argparse
import asyncio
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from annotate.ai.described import Described
from annotate.ai.detector import Request
from annotate.ai.loading import load
from bench import loop_rounds_report, machine
from bench.annotator import SECONDS, Act, Proposed, Tally, steps_for, tally_of
from bench.bccd import CLASSES, Photo, photos
from bench.detection_stage import DetectionStage, Others, environment_of
from bench.loop_round import check, work_on
from bench.stage import ROOT, CannotMeasure, Setup
from tests.ai.data import picture

FOLDER = ROOT / "test-results" / "loop-rounds"
SCRIPT = ROOT / "bench" / "loop_rounds_site.py"
DATABASE = "hitl.sqlite3"
ORDERS = ("expected_use", "random")
"""Strategies of annotate.queue: the default one, and the one to compare with."""
ROUNDS = (20, 50, 100)
AFTER = 50
"""Frames that are worked on after the last training."""
LOWEST, HIGHEST = 0.05, 0.95
LOOK_S = 2.0
STEP_WITHIN_S = 2 * 3600.0
Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """``rounds``: how many frames are labelled when a model is trained. ``after``: how many more come then. ``epochs``:
    None leaves them to the product. ``fixed``: frames of val.txt on which each model is measured besides."""

    rounds: tuple[int, ...] = ROUNDS
    after: int = AFTER
    epochs: int | None = None
    image_size: int = 320
    seed: int = 0
    fixed: int = 87

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Of each stretch of work, how many frames were labelled before it and after it."""
        ends = [*self.rounds, self.rounds[-1] + self.after]
        return list(zip([0, *ends], ends, strict=False))


class Book:
    """What is done, a file per step. ``database`` is put back to where it was before a step that did not end."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.folder = folder
        self.database = site / DATABASE
        folder.mkdir(parents=True, exist_ok=True)

    def known(self, step: str) -> Row | None:
        path = self.folder / f"{step}.json"
        found: Row | None = json.loads(path.read_text()) if path.is_file() else None
        return found

    def write(self, step: str, row: Row) -> Row:
        path = self.folder / f"{step}.json"
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(row, indent=1))
        unfinished.replace(path)
        self.before(step).unlink(missing_ok=True)
        return row

    def before(self, step: str) -> Path:
        return self.folder / f"{step}.sqlite3"

    def remember(self, step: str) -> None:
        """The database as it is now, while others may write to it."""
        part = self.before(step).with_suffix(".part")
        with closing(sqlite3.connect(self.database)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
        part.replace(self.before(step))

    def put_back(self) -> None:
        """Before the site starts."""
        for path in self.folder.glob("*.sqlite3"):
            for ending in ("-wal", "-shm"):
                self.database.with_name(DATABASE + ending).unlink(missing_ok=True)
            shutil.copy(path, self.database)
            print(f"{path.stem} did not end; it begins anew", flush=True)


def check_same(book: Book, plan: Plan) -> None:
    """Raises CannotMeasure for a work folder of a run with other settings."""
    asked = json.loads(json.dumps(vars(plan)))
    known = book.known("plan")
    if known is None:
        book.write("plan", asked)
    elif known != asked:
        raise CannotMeasure(
            f"{book.folder} holds a run with other settings ({known}): name another --folder, or delete it"
        )


@contextmanager
def running(folder: Path, book: Book) -> Iterator[DetectionStage]:
    """The site of the work folder with its web server and worker. It is kept; only the processes end."""
    site = folder / "site"
    site.mkdir(parents=True, exist_ok=True)
    stage = DetectionStage(
        Setup("daphne", "sqlite", pinned=False), site, environment_of(site, None, None), None, script=SCRIPT
    )
    book.put_back()
    stage.manage("manage.py", "migrate", "--no-input", "-v", "0")
    with ExitStack() as stack:
        filled = book.known("fill") or book.write("fill", stage.inside("fill", wish_for_site()))
        stage.cookies = stage.inside("people", {})["cookies"]
        stage.projects = [filled["projects"][order] for order in ORDERS]
        stack.callback(stage.stop)
        stack.callback(stage.stop_worker)
        stage.start()
        stage.start_worker()
        wait_idle(stage, "thumbnails")
        yield stage


def wish_for_site() -> Row:
    pictures = [str(photo.path) for photo in photos("train")]
    return {"orders": ORDERS, "labels": CLASSES, "pictures": pictures}


def wait_idle(stage: DetectionStage, what: str) -> None:
    """Raises CannotMeasure."""
    deadline = time.monotonic() + STEP_WITHIN_S
    while stage.ask("SELECT count(*) FROM annotate_job WHERE state IN ('queued', 'running')"):
        if time.monotonic() > deadline:
            raise CannotMeasure(
                f"{what}: the worker does not get its jobs done (see {stage.folder}/worker.log)"
            )
        time.sleep(0.5)


class Rounds:
    """``photos``: by stem. Steps are named ``<order>-<frames labelled>-<what>``."""

    def __init__(self, stage: DetectionStage, book: Book, plan: Plan) -> None:
        self.stage = stage
        self.book = book
        self.plan = plan
        self.photos = {photo.stem: photo for photo in photos("train")}
        self.fixed = photos("val")[: plan.fixed]
        self.started = time.monotonic()

    def say(self, line: str) -> None:
        print(f"[{(time.monotonic() - self.started) / 60:5.1f} min] {line}", flush=True)

    def run(self) -> list[Row]:
        """A row per order and stretch of work. Raises Unexpected, CannotMeasure."""
        rows = []
        for start, end in self.plan.parts:
            for order, project in zip(ORDERS, self.stage.projects, strict=True):
                model = self.served(order, project, start) if start else None
                rows.append({**self.worked(order, project, start, end), "model": model})
                self.say(loop_rounds_report.line(rows[-1]))
        return rows

    # Work

    def worked(self, order: str, project: Row, start: int, end: int) -> Row:
        step = f"{order}-{end}-work"
        known = self.book.known(step)
        if known is not None:
            return known
        self.book.remember(step)
        others = Others()
        given = self.given(order, project, start, end)
        by_id = {frame: self.photos[stem] for stem, frame in project["frames"].items()}
        done = asyncio.run(self.work_through(project, [(frame, by_id[frame]) for frame in given["frames"]]))
        row = {
            "order": order,
            "start": start,
            "end": end,
            "why": given["why"],
            **done,
            "others_cpu": others.read(),
        }
        return self.book.write(step, row)

    def given(self, order: str, project: Row, start: int, end: int) -> Row:
        """The first ones are drawn once, for both orders; after that the queue decides."""
        if start == 0:
            stems = Random(self.plan.seed).sample(sorted(self.photos), end)
            return {"frames": [project["frames"][stem] for stem in stems], "why": {"first": end}}
        wish = {"project": project["id"], "count": end - start, "seed": self.plan.seed + start}
        given: Row = self.stage.inside("take", wish)
        return given

    async def work_through(self, project: Row, given: Sequence[tuple[int, Photo]]) -> Row:
        worked = []
        with self.stage.client() as client:
            for frame, photo in given:
                worked.append(await work_on(self.stage, frame, photo))
                said = await asyncio.to_thread(
                    client.put, f"/api/ui/frames/{frame}/status", json={"status": "complete"}
                )
                if said.status_code != 200:
                    raise CannotMeasure(f"frame {frame} cannot be completed: {said.text[:300]}")
        tally = tally_of((one.proposals, one.truth, list(one.done.values())) for one in worked)
        await asyncio.to_thread(check, self.stage, project, worked, tally)
        return figures_of(tally)

    # Models

    def served(self, order: str, project: Row, labelled: int) -> Row:
        """The model that was trained on the first ``labelled`` frames, when it has proposed on all that is left."""
        model = self.trained(order, project, labelled)
        step = f"{order}-{labelled}-serve"
        known = self.book.known(step)
        if known is not None:
            return {**model, **known}
        confidence = min(max(model["shown_confidence"], LOWEST), HIGHEST)
        served = self.stage.inside("serve", {"training": model["training"], "confidence": confidence})
        wait_idle(self.stage, "proposing")
        tally = tally_on(self.fixed, served, confidence)
        return {**model, **self.book.write(step, {"confidence": confidence, "fixed": figures_of(tally)})}

    def trained(self, order: str, project: Row, labelled: int) -> Row:
        step = f"{order}-{labelled}-train"
        known = self.book.known(step)
        if known is not None:
            return known
        others, plan = Others(), self.plan
        wish = {
            "project": project["id"],
            "epochs": plan.epochs,
            "image_size": plan.image_size,
            "seed": plan.seed,
        }
        training = self.book.known(f"{step}-asked") or self.book.write(
            f"{step}-asked", self.stage.inside("train", wish)
        )
        self.follow(step, f"/api/ui/projects/{project['id']}/trainings/{training['training']}")
        found = self.stage.inside("trained", training)
        if found["model"] is None:
            raise CannotMeasure(f"{step}: {found['line']}")
        return self.book.write(step, {**training, **found, "others_cpu": others.read()})

    def follow(self, step: str, address: str) -> None:
        """Until it has ended, as the page of the training does. Raises CannotMeasure."""
        said, deadline = "", time.monotonic() + STEP_WITHIN_S
        with self.stage.client() as client:
            while (card := client.get(address).json())["is_active"]:
                line = f"{step}: {card['stage_name']}, epoch {card['epoch']} of {card['epochs']}"
                if line != said:
                    self.say(said := line)
                if time.monotonic() > deadline:
                    raise CannotMeasure(f"{step}: the training does not end")
                time.sleep(LOOK_S)


def figures_of(tally: Tally) -> Row:
    """Counts are sums; seconds are those of the model of a person (bench/annotator.py)."""
    return {
        "frames": tally.frames,
        "truths": tally.truths,
        "proposals": tally.proposals,
        "precision": tally.precision if tally.proposals else None,
        "recall": tally.recall,
        "acts": {act.value: tally.of(act) for act in Act},
        "actions": tally.actions,
        "seconds_per_frame": tally.seconds / tally.frames,
        "drawing_per_frame": SECONDS[Act.DRAW] * tally.truths / tally.frames,
    }


def tally_on(fixed: Sequence[Photo], served: Row, confidence: float) -> Tally:
    """What the annotator would do with the proposals of a model on the same frames every time. Computed: nothing is
    written anywhere."""
    path = Path(served["weights"])
    detector = load(path, Described(path.stem), sha256=served["sha256"], settings_folder=path.parent)
    request = Request(confidence=confidence, iou=served["iou"], image_size=served["image_size"])
    seen = []
    for photo in fixed:
        found = detector.detect([picture(photo.path)], request).images[0].found
        proposals = [Proposed(str(number), one.name, one.box) for number, one in enumerate(found)]
        seen.append((proposals, photo.boxes, steps_for(proposals, photo.boxes)))
    return tally_of(seen)


def plan_of(options: argparse.Namespace) -> Plan:
    given = {
        "rounds": tuple(options.train_frames),
        "after": options.after,
        "epochs": options.epochs,
        "seed": options.seed,
        "fixed": options.frames,
        "image_size": options.image_size,
    }
    return Plan(**{name: value for name, value in given.items() if value is not None})


def main(options: argparse.Namespace) -> None:
    """Raises DataMissing, CannotMeasure, Unexpected, CannotFetch."""
    plan, folder = plan_of(options), options.folder.resolve()
    book = Book(folder / "steps", folder / "site")
    check_same(book, plan)
    began = time.monotonic()
    with running(folder, book) as stage:
        rows = Rounds(stage, book, plan).run()
    minutes = (time.monotonic() - began) / 60
    result = {"machine": machine.facts(pinned=False), "plan": vars(plan), "minutes": minutes, "rows": rows}
    (folder / "rounds.json").write_text(json.dumps(result, indent=1))
    print(
        f"\n{loop_rounds_report.markdown(rows)}\n\nAll figures: {folder / 'rounds.json'} ({minutes:.0f} minutes)"
    )
    try:
        loop_rounds_report.draw(rows, folder / "rounds.svg")
    except ImportError:
        sys.exit("No plot: matplotlib is not installed (make install-ml). Start again when it is.")
    print(f"The plot: {folder / 'rounds.svg'}")
    if options.docs:
        loop_rounds_report.write_docs(result, folder / "rounds.svg")
        print("docs/loop.md and docs/images/loop-rounds.svg are written")
