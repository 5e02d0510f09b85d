"""A measurement that counts wrongly is worse than none: what was heard in, known figures out."""

import json
import math

import pytest

from bench import report
from bench.measure import Outcome, Record, outcome_of

BEGIN, END = 100.0, 110.0


def event(*operations: tuple[int, str, int]) -> bytes:
    """An ``ev`` of (revision, client, counter)."""
    ops = [
        {"r": revision, "client": client, "c": counter, "k": "set"}
        for revision, client, counter in operations
    ]
    return json.dumps({"t": "ev", "from": operations[0][0], "to": operations[-1][0], "ops": ops}).encode()


ONE, TWO, THREE = ((1, "ada", 1), (2, "ada", 2), (3, "bob", 1))
BOTH = event(ONE, TWO)


def room() -> list[Record]:
    """Ada's two edits and Bob's one, heard by both and by Cem."""
    ada = Record("ada", due=[101.0, 102.0], acks=[(1, 101.5), (2, 102.25)])
    bob = Record("bob", due=[103.0], acks=[(1, 103.25)])
    cem = Record("cem")
    for record, late in ((ada, 0.0), (bob, 0.0), (cem, 1.0)):
        record.events += [(102.5 + late, BOTH), (103.5 + late, event(THREE))]
    return [ada, bob, cem]


def measured(records: list[Record]) -> Outcome:
    return outcome_of([records], begin=BEGIN, end=END)


def test_it_counts_each_edit_at_each_receiver_from_when_it_was_due() -> None:
    outcome = measured(room())
    assert (outcome.edits, outcome.acked, outcome.to_peer.samples) == (3, 3, 6)
    assert outcome.delivered == 1.0
    assert (outcome.duplicates, outcome.out_of_order) == (0, 0)
    # Ada's first edit was due at 101 and Cem heard of it at 103.5.
    assert outcome.to_peer.worst == pytest.approx(2500)
    assert outcome.to_ack.p50 == pytest.approx(250)
    assert outcome.to_ack.worst == pytest.approx(500)


def test_it_does_not_count_what_an_author_hears_of_its_own_edits() -> None:
    records = room()
    records[0].events.clear()
    outcome = measured(records)
    assert outcome.to_peer.samples == 5  # only Bob's edit is missing at Ada's
    assert outcome.delivered == pytest.approx(5 / 6)


def test_it_notices_what_was_not_delivered() -> None:
    records = room()
    del records[2].events[1]
    assert measured(records).delivered == pytest.approx(5 / 6)


def test_it_notices_what_came_twice() -> None:
    records = room()
    records[1].events.append((104.0, BOTH))
    outcome = measured(records)
    assert outcome.duplicates == 2
    assert outcome.to_peer == measured(room()).to_peer  # the first time counts


def test_it_notices_what_came_in_the_wrong_order() -> None:
    records = room()
    records[1].events.reverse()
    assert measured(records).out_of_order == 1


def test_it_leaves_out_what_was_due_outside_of_the_window() -> None:
    records = room()
    records[0].due[0] = BEGIN - 1
    outcome = measured(records)
    assert (outcome.edits, outcome.acked, outcome.to_peer.samples) == (2, 2, 4)
    assert outcome.delivered == 1.0


def test_it_keeps_frames_apart() -> None:
    """Revisions count per frame: the same ones in two rooms are different edits."""
    outcome = outcome_of([room(), room()], begin=BEGIN, end=END)
    assert (outcome.edits, outcome.to_peer.samples, outcome.duplicates) == (6, 12, 0)
    assert outcome.delivered == 1.0


def test_it_refuses_a_hole_inside_a_message() -> None:
    records = room()
    records[0].events.append((104.0, event((4, "ada", 2), (6, "ada", 2))))
    with pytest.raises(AssertionError, match="hole"):
        measured(records)


def test_it_says_that_there_is_no_figure() -> None:
    assert math.isnan(outcome_of([[Record("ada")]], begin=BEGIN, end=END).to_peer.p99)


# Reports


def row(**more: object) -> dict[str, object]:
    place = {"case": "steady", "server": "uvicorn", "database": "postgres", "processes": 1, "variant": ""}
    return {**place, "clients": 20, "rate": 10.0, "to_peer": {"p50": 4.0}, "others_cpu": 3.0, **more}


MACHINE = {
    "date": "2026-01-01",
    "processor": "a processor",
    "cores": 2,
    "system": "Linux",
    "python": "3.11",
    "postgres": "15",
    "redis": "7",
    "sync_us": 140.0,
    "pinned": True,
    "packages": {"Django": "5.2"},
}


def test_a_table_shows_the_median_and_the_range_of_several_rounds() -> None:
    rows = [row(to_peer={"p50": value}) for value in (4.0, 6.0, 5.0)]
    assert "| uvicorn | postgres | 20 | 10 | 5.0 (4.0–6.0) |" in report.markdown(
        {"machine": MACHINE, "rows": rows}
    )


def test_a_row_measured_on_a_busy_machine_says_so() -> None:
    text = report.markdown({"machine": MACHINE, "rows": [row(others_cpu=150.0)]})
    assert "not quiet" in text
    assert "not quiet" not in report.markdown({"machine": MACHINE, "rows": [row()]})


def test_only_the_marked_sections_of_a_document_change() -> None:
    text = "before\n<!-- bench: steady -->\nold\n<!-- end -->\nbetween\n<!-- bench: storm -->\nkept\n<!-- end -->\n"
    assert report.replaced(text, {"steady": "new", "storm": ""}) == text.replace("old", "new")
