"""The run of an annotation session: what one person did in one visit."""

from collections import Counter
from collections.abc import Iterable

from ..models import Frame, TrackingEvent, TrackingRun
from .dataset_tags import NONE
from .drawing import annotated_image, annotation_json
from .fold import Addition, Artifact, Ending, Figures, share
from .openings import LONGEST_PARAM, LONGEST_TAG, milliseconds
from .verdicts import Ratings, Verdicts, feedback_figures


class SessionFold:
    def __init__(self, run: TrackingRun) -> None:
        self.verdicts = Verdicts()
        self.ratings = Ratings()
        self.figures = Figures()
        self.counts: Counter[str] = Counter()
        self.frames: set[int] = set()
        self.complete: set[int] = set()
        self.asked: dict[str, None] = {}  # prompts, in the order of asking
        self.models: dict[str, None] = {}

    def take(self, event: TrackingEvent) -> Addition:
        addition = Addition()
        if event.kind == "edits":
            self.count(event)
        elif event.kind == "rated":
            self.ratings.take(event.payload)
        elif event.kind == "asked":
            self.counts["detections"] += 1
            self.asked.update(dict.fromkeys(event.payload["prompts"]))
            self.models[event.payload["model"]] = None
            addition.tags = {"prompts": named(self.asked)[:LONGEST_TAG]}
        elif event.kind == "status":
            addition.artifacts = self.completed(event)
        elif event.kind == "ended":
            return self.ended(event)
        at, step = milliseconds(event.at), event.seq or 0
        addition.metrics = self.figures.changed(self.numbers(), at=at, step=step)
        return addition

    def count(self, event: TrackingEvent) -> None:
        for name in ("created", "deleted", "changed", "ms"):
            self.counts[name] += event.payload.get(name, 0)
        self.verdicts.take(event.payload.get("judged", []))
        self.frames.add(event.payload["frame"])

    def completed(self, event: TrackingEvent) -> list[Artifact]:
        """Annotations and picture of a frame, as they were when it was declared complete."""
        frame, revision = event.payload["frame"], event.payload["revision"]
        status = event.payload["status"]
        if status not in Frame.DONE:
            self.complete.discard(frame)
        if status != Frame.Status.COMPLETE:
            return []
        self.complete.add(frame)
        labels, name = event.payload["labels"], f"frames/{frame}-r{revision}"
        return [
            Artifact(f"{name}.json", lambda: annotation_json(frame, revision, labels)),
            Artifact(f"{name}.jpg", lambda: annotated_image(frame, revision, labels)),
        ]

    def ended(self, event: TrackingEvent) -> Addition:
        words = {"prompts": named(self.asked), "models_shown": named(self.models)}
        return Addition(
            params={key: value[:LONGEST_PARAM] for key, value in words.items()},
            tags={"end": event.payload["end"]},
            ending=Ending("FINISHED", milliseconds(event.at)),
        )

    def numbers(self) -> dict[str, float | None]:
        verdicts = self.verdicts.figures()
        boxes = self.counts["created"] + self.verdicts.judged
        seconds = self.counts["ms"] / 1000
        return {
            **verdicts,
            **{name: self.counts[name] for name in ("created", "deleted", "changed", "detections")},
            **feedback_figures(self.verdicts.feedback, self.ratings.counts()),
            "seconds_per_box": share(seconds, max(boxes, 0)) if seconds else None,
            "seconds_per_frame": share(seconds, len(self.frames)) if seconds else None,
            "frames_completed": len(self.complete),
        }


def named(words: Iterable[str]) -> str:
    return ", ".join(words) or NONE
