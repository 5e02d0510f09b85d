"""Figures about people: seconds, work done, feedback, what no hand touched, what is left. Pure."""

from collections import Counter, defaultdict

from django.utils.translation import gettext as _

from ..models import Frame
from .choice import Choice
from .figure import Cell, Column, Figure, Row, Select
from .tally import middle, share
from .times import Timed, effort_by_action, seconds_by_bucket
from .work import Done, Opinion, Untouched

MOST_PEOPLE = 10
"""Lines in one plot; the table by person has everybody."""

ALWAYS = (Frame.Status.TO_ANNOTATE, Frame.Status.IN_PROGRESS, Frame.Status.COMPLETE)
"""Those of a review only where there are such frames."""


def action_titles() -> dict[str, str]:
    return {
        "draw": _("Draw"),
        "accept": _("Accept"),
        "correct": _("Correct"),
        "reject": _("Reject"),
        "adjust": _("Adjust"),
        "relabel": _("Relabel"),
        "delete": _("Delete"),
    }


def box_seconds(times: list[Timed]) -> Figure:
    efforts, titles = effort_by_action(times), action_titles()
    columns = [
        Column("action", _("Action"), "text"),
        Column("seconds_per_box", _("Seconds per box"), "seconds", {}, is_drawn=True),
        Column("boxes", _("Boxes"), "count", {}),
        Column("seconds_per_frame", _("Seconds per image"), "seconds", {"of": "image"}),
    ]
    rows = [
        Row([titles[name], one.per_box, one.count, one.per_frame], {"action": name})
        for name, one in efforts.items()
        if one.count
    ]
    return Figure("box_seconds", columns, rows)


def frame_seconds(times: list[Timed], choice: Choice) -> Figure:
    found = seconds_by_bucket(times)
    columns = [
        Column("time", _("Time (UTC)"), "time"),
        Column("seconds_per_frame", _("Seconds per image"), "seconds", {}, is_drawn=True),
        Column("frames", _("Images and persons"), "count", {}),
    ]
    rows = [
        Row([bucket, middle(found.get(bucket, [])), len(found.get(bucket, []))], {"at": bucket})
        for bucket in choice.buckets()
    ]
    return Figure("frame_seconds", columns, rows)


def untouched(found: list[Untouched], labels: dict[int, str]) -> Figure:
    columns = [
        Column("label", _("Label"), "text"),
        Column("share", _("Never touched"), "share", {"of": "untouched"}, is_drawn=True),
        Column("untouched", _("Never touched, boxes"), "count", {"of": "untouched"}),
        Column("boxes", _("Boxes"), "count", {}),
    ]
    rows = [
        Row(
            [
                labels.get(one.label, str(one.label)),
                share(one.untouched, one.boxes),
                one.untouched,
                one.boxes,
            ],
            {"label": one.label},
        )
        for one in sorted(found, key=lambda one: (-one.boxes, one.label))
    ]
    return Figure("untouched", columns, rows)


def feedback(opinions: list[Opinion], choice: Choice) -> Figure:
    titles = {
        ("box", "positive"): _("Proposals: positive"),
        ("box", "negative"): _("Proposals: negative"),
        ("box", "neutral"): _("Proposals: neutral"),
        ("image", "positive"): _("Images: positive"),
        ("image", "negative"): _("Images: negative"),
        ("image", "neutral"): _("Images: neutral"),
    }
    counts = {(one.bucket, one.of, one.verdict): one.total for one in opinions}
    drawn = [
        Column(f"{of}_{verdict}", title, "count", {"of": of, "verdict": verdict}, is_drawn=True)
        for (of, verdict), title in titles.items()
    ]
    rows = [
        Row([bucket, *(counts.get((bucket, *pair), 0) for pair in titles)], {"at": bucket})
        for bucket in choice.buckets()
    ]
    return Figure("feedback", [Column("time", _("Time (UTC)"), "time"), *drawn], rows)


def people(done: list[Done], frames: dict[int, int], names: dict[int, str]) -> Figure:
    """``frames``: how many each person declared complete."""
    columns = [
        Column("person", _("Person"), "text"),
        Column("frames", _("Images completed"), "count", {"work": "frames"}, is_drawn=True),
        Column("drawn", _("Boxes drawn"), "count", {"work": "drawn"}),
        Column("judged", _("Proposals judged"), "count", {"work": "judged"}),
        Column("days", _("Active days"), "count", {}),
    ]
    drawn, judged = Counter[int](), Counter[int]()
    days: dict[int, set[str]] = defaultdict(set)
    for one in done:
        drawn[one.user] += one.drawn
        judged[one.user] += one.judged
        days[one.user].add(one.bucket[:10])
    rows = [
        Row(
            [names.get(user, ""), frames.get(user, 0), drawn[user], judged[user], len(days[user])],
            {"person": user},
        )
        for user in sorted(days, key=lambda user: (-frames.get(user, 0), -drawn[user] - judged[user], user))
    ]
    return Figure("people", columns, rows)


def busiest(done: list[Done]) -> list[int]:
    """Who gets a line: the MOST_PEOPLE who did most, in the order of ids, so that nobody's colour changes."""
    totals = Counter[int]()
    for one in done:
        totals[one.user] += one.frames + one.drawn + one.judged
    return sorted(user for user, _total in totals.most_common(MOST_PEOPLE))


def over_time(
    name: str, counted: Counter[tuple[str, int]], names: dict[int, str], choice: Choice, select: Select
) -> Figure:
    """A line for each of ``names``."""
    columns = [
        Column("time", _("Time (UTC)"), "time"),
        *(
            Column(f"person_{user}", person, "count", {**select, "person": user}, is_drawn=True)
            for user, person in names.items()
        ),
    ]
    rows = []
    for bucket in choice.buckets():
        cells: list[Cell] = [bucket, *(counted[bucket, user] for user in names)]
        rows.append(Row(cells, {"at": bucket}))
    return Figure(name, columns, rows)


def people_frames(done: list[Done], names: dict[int, str], choice: Choice) -> Figure:
    counted = Counter[tuple[str, int]]()
    for one in done:
        counted[one.bucket, one.user] += one.frames
    return over_time("people_frames", counted, names, choice, {"work": "frames"})


def people_boxes(done: list[Done], names: dict[int, str], choice: Choice) -> Figure:
    counted = Counter[tuple[str, int]]()
    for one in done:
        counted[one.bucket, one.user] += one.drawn + one.judged
    return over_time("people_boxes", counted, names, choice, {"work": "boxes"})


def queue(found: dict[str, int]) -> Figure:
    columns = [
        Column("status", _("Status"), "text"),
        Column("frames", _("Images"), "count", {}, is_drawn=True),
    ]
    states = [state for state in Frame.Status if state in ALWAYS or found.get(state)]
    rows = [Row([str(state.label), found.get(state, 0)], {"status": str(state)}) for state in states]
    return Figure("queue", columns, rows)
