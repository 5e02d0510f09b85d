"""What the pages show of dataset versions, of what differs between two, and of the work on them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..actions.jobs import may_change, message_about
from ..datasets.compare import ADDED, JUDGED, KINDS, MOVED, OTHER, RELABELLED, REMOVED, BoxChange, FrameChange
from ..datasets.formats.records import BoxRecord
from ..datasets.repository import Repository
from ..jobs.said import log_text
from ..models import DatasetVersion, Job, User
from ..tracking.dataset_tags import key_of
from ..tracking.links import links_for
from .job_cards import state_name

LABELS_SHOWN = 6
NAMES = {
    ADDED: gettext_lazy("added"),
    REMOVED: gettext_lazy("removed"),
    MOVED: gettext_lazy("moved"),
    RELABELLED: gettext_lazy("relabelled"),
    JUDGED: gettext_lazy("accepted or rejected"),
    OTHER: gettext_lazy("other values changed"),
}
SPLIT_NAMES = {
    "train": gettext_lazy("training"),
    "val": gettext_lazy("validation"),
    "test": gettext_lazy("test"),
}


class Bar(TypedDict):
    """``start`` and ``share``: percent of the whole, as text with a decimal point in every language."""

    name: str
    color: str
    css: str
    count: int
    start: str
    share: str


class VersionCard(TypedDict):
    """``previous``: number of the version before it, None for the first. ``is_whole``: its files are there.
    ``run``: the way to its run in MLflow, empty where there is none for this person."""

    version: DatasetVersion
    who: str
    is_whole: bool
    previous: int | None
    frames: int
    boxes: int
    splits: list[Bar]
    labels: list[Bar]
    more_labels: int
    run: str


def cards_for(
    versions: Sequence[DatasetVersion], colors: Mapping[str, str], repository: Repository, reader: User
) -> list[VersionCard]:
    runs = links_for(reader, [key_of(version) for version in versions])
    return [card_of(version, colors, repository, runs.get(key_of(version), "")) for version in versions]


def card_of(
    version: DatasetVersion, colors: Mapping[str, str], repository: Repository, run: str
) -> VersionCard:
    counts = version.counts
    used = {name: pair["boxes"] for name, pair in counts["labels"].items() if pair["boxes"]}
    shown = sorted(used.items(), key=lambda item: (-item[1], item[0]))[:LABELS_SHOWN]
    most = max(used.values(), default=1)
    splits = {name: counts["splits"][name]["frames"] for name in SPLIT_NAMES}
    return {
        "version": version,
        "who": version.created_by.display_name if version.created_by else "",
        "is_whole": repository.cache.has(version.digest),
        "previous": version.number - 1 if version.number > 1 else None,
        "frames": counts["frames"],
        "boxes": counts["boxes"],
        "splits": stacked(splits),
        "labels": [
            bar(name, count, 0.0, count / most, color=colors.get(name, "#888888")) for name, count in shown
        ],
        "more_labels": len(used) - len(shown),
        "run": run,
    }


def stacked(splits: Mapping[str, int]) -> list[Bar]:
    total = sum(splits.values()) or 1
    bars, start = [], 0.0
    for name, count in splits.items():
        bars.append(bar(str(SPLIT_NAMES[name]), count, start, count / total, css=name))
        start += count / total
    return bars


def bar(name: str, count: int, start: float, share: float, *, color: str = "", css: str = "") -> Bar:
    return {
        "name": name,
        "color": color,
        "css": css,
        "count": count,
        "start": f"{start * 100:.2f}%",
        "share": f"{share * 100:.2f}%",
    }


class WorkRow(TypedDict):
    job: Job
    text: str
    state_name: str
    who: str
    message: str
    log: str
    is_active: bool
    may_cancel: bool


def work_row(job: Job, user: User, role: str) -> WorkRow:
    is_active = job.state in {Job.State.QUEUED, Job.State.RUNNING}
    return {
        "job": job,
        "text": text_of(job),
        "state_name": state_name(job),
        "who": job.created_by.display_name if job.created_by else "",
        "message": message_about(job) or outcome_of(job),
        "log": log_text(job.log),
        "is_active": is_active,
        "may_cancel": is_active and not job.cancel_requested and may_change(job, user, role),
    }


def text_of(job: Job) -> str:
    if job.kind == Job.Kind.RESTORE:
        return _("Restore version %(number)s") % {"number": job.payload["number"]}
    if job.kind == Job.Kind.SYNC_DATA:
        return _("Fetch versions") if job.payload["pull"] else _("Copy versions away")
    return _("New version")


def outcome_of(job: Job) -> str:
    result: dict[str, Any] = job.result
    if job.kind == Job.Kind.SNAPSHOT and result.get("version"):
        text = (
            _("Version %(version)s was made.")
            if result["is_new"]
            else _("Nothing has changed since version %(version)s, so no new one was made.")
        )
        return text % result
    if job.kind == Job.Kind.RESTORE and "changed" in result:
        said = [_("Images changed: %(changed)s, as they were already: %(same)s.") % result]
        if result["gone"]:
            gone = {"gone": result["gone"], "names": ", ".join(result["gone_names"])}
            said.append(_("Deleted since, and not brought back: %(gone)s (%(names)s).") % gone)
        if result["refused"]:
            said.append(
                _(
                    "Boxes left alone because their label is no longer in use, or your role has changed: %(refused)s."
                )
                % result
            )
        return " ".join(said)
    return ""


class SumRow(TypedDict):
    """``counts``: what became of boxes, and how many."""

    name: str
    counts: list[tuple[str, int]]


def sum_rows(counters: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> list[SumRow]:
    """One row per person or model, who did most first; ``names``: how they are shown."""
    rows = sorted(counters.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    return [{"name": names.get(name, name), "counts": counts_of(counts)} for name, counts in rows]


def counts_of(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(str(NAMES[kind]), counts.get(kind, 0)) for kind in KINDS]


class Rectangle(TypedDict):
    """In image pixels, as text. ``css``: was or is, and what happened."""

    x: str
    y: str
    width: str
    height: str
    css: str


class FrameCard(TypedDict):
    """``image``: whether there still is a frame to show. ``texts``: what happened to each box, in words."""

    change: FrameChange
    title: str
    has_image: bool
    what: str
    rectangles: list[Rectangle]
    texts: list[str]


def frame_card(change: FrameChange, *, has_image: bool) -> FrameCard:
    record = change.record
    what = _("new in it") if change.before is None else _("no longer in it") if change.after is None else ""
    return {
        "change": change,
        "title": str(record.extra.get("title") or record.name),
        "has_image": has_image,
        "what": what,
        "rectangles": [each for box in change.boxes for each in rectangles_of(box)],
        "texts": [text_about(box) for box in change.boxes],
    }


def rectangles_of(change: BoxChange) -> Iterable[Rectangle]:
    """The old place of a box only where it is another one."""
    if change.before and (change.after is None or MOVED in change.kinds):
        yield rectangle(change.before, "was")
    if change.after:
        yield rectangle(change.after, "new" if change.before is None else "is")


def rectangle(box: BoxRecord, css: str) -> Rectangle:
    edges = box.edges
    return {
        "x": f"{edges.x1:.1f}",
        "y": f"{edges.y1:.1f}",
        "width": f"{edges.width:.1f}",
        "height": f"{edges.height:.1f}",
        "css": css,
    }


def text_about(change: BoxChange) -> str:
    """Such as: car: moved (overlap 72 %), relabelled from bus."""
    words = []
    for kind in change.kinds:
        word = str(NAMES[kind])
        if kind == MOVED and change.iou is not None:
            word = _("moved (overlap %(percent)s %%)") % {"percent": round(change.iou * 100)}
        elif kind == RELABELLED and change.before:
            word = _("relabelled, was %(label)s") % {"label": change.before.label}
        elif kind == JUDGED and change.after:
            word = status_word(change.after)
        words.append(word)
    return f"{change.box.label}: {', '.join(words)}"


def status_word(box: BoxRecord) -> str:
    words = {"accepted": _("accepted"), "rejected": _("rejected"), "proposed": _("proposed again")}
    return words.get(box.status, box.status)
