"""What the outbox is told, and that telling is one INSERT and nothing else."""

import re
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from annotate.models import Frame, TrackingEvent
from annotate.sync.operations import Command
from annotate.sync.submit import Submission, submit
from tests.figures.factory import Lab

from .visit import Visit


def events(kind: str) -> list[TrackingEvent]:
    return list(TrackingEvent.objects.filter(kind=kind).order_by("pk"))


def test_it_tells_of_a_box_that_was_drawn(lab: Lab, frame: Frame) -> None:
    lab.draw(frame)
    [event] = TrackingEvent.objects.all()
    assert (event.kind, event.user, event.project) == (
        "edits",
        lab.world.people["annotator"],
        lab.world.project,
    )
    assert event.payload == {"frame": frame.pk, "created": 1, "ms": 7000}
    assert event.run is None


def test_it_takes_back_what_was_undone(lab: Lab, frame: Frame) -> None:
    client = uuid4()
    fields = {"x1": 1.0, "y1": 1.0, "x2": 9.0, "y2": 9.0, "label": lab.world.labels["car"]}
    lab.send(frame, "annotator", client, kind="create", box=uuid4(), fields=fields, gesture="g1")
    lab.send(frame, "annotator", client, kind="undo", gesture="g2")
    lab.send(frame, "annotator", client, kind="redo", gesture="g3")
    assert [one.payload.get("created") for one in events("edits")] == [1, -1, 1]


def test_it_tells_the_detection_and_the_person_of_a_verdict(visit: Visit) -> None:
    detection = visit.detect()
    visit.judge()
    told = [one.payload["judged"][0][1:] for one in events("judged")]
    assert told[0] == ["accepted", 1.0, "", True]
    assert told[1][0] == "corrected" and 0.9 < told[1][1] < 1
    assert told[2] == ["rejected", 1.0, "", True]
    assert {one.stream for one in events("judged")} == {detection.pk}
    assert [one.payload["judged"][0][1:] for one in events("edits")] == told


def test_it_does_not_take_an_import_for_a_visit(lab: Lab, frame: Frame) -> None:
    fields = {"x1": 1.0, "y1": 1.0, "x2": 9.0, "y2": 9.0, "label": lab.world.labels["car"]}
    command = Command(1, "create", uuid4(), fields)
    submit(frame.pk, [Submission(uuid4(), lab.world.people["owner"].pk, [command], "import")])
    assert Frame.objects.get(pk=frame.pk).revision == 1
    assert not TrackingEvent.objects.exists()


def test_it_tells_nothing_of_an_edit_that_was_undone_by_an_error(lab: Lab, frame: Frame) -> None:
    class Broken(Exception):
        pass

    with pytest.raises(Broken), transaction.atomic():
        lab.draw(frame)
        raise Broken
    assert not TrackingEvent.objects.exists()


def test_it_keeps_what_people_write_out_of_the_events(visit: Visit) -> None:
    from annotate.feedback import rate

    detection = visit.detect()
    rate(visit.frame, detection, visit.person, "negative", "Ann's phone is 555-0100")
    assert len(events("rated")) == 2
    assert all("555" not in str(one.payload) for one in TrackingEvent.objects.all())


def test_an_edit_costs_one_insert_more_and_no_query(lab: Lab, frame: Frame) -> None:
    lab.draw(frame)  # what is done once per process
    with CaptureQueriesContext(connection) as captured:
        lab.draw(frame, left=400)
    about = [
        one["sql"]
        for one in captured.captured_queries
        if re.search("_tracking|_annotationsession", one["sql"])
    ]
    assert len(about) == 1
    assert "INSERT INTO" in about[0]


def test_signing_out_is_told(visit: Visit) -> None:
    visit.sign_out()
    assert [one.user for one in events("signed_out")] == [visit.person]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL names its indexes elsewhere")
def test_an_event_without_its_place_is_put_into_few_indexes(db: None) -> None:
    """Each is one more page that an edit writes."""
    with connection.cursor() as cursor:
        found = cursor.execute("PRAGMA index_list(annotate_trackingevent)").fetchall()
        placed = {
            name
            for _, name, _, _, is_partial in found
            if is_partial
            and "IS NOT NULL"
            in cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [name]).fetchone()[0]
        }
    assert placed == {"tracking_event_place"}
    assert {name for _, name, *_ in found} - placed == {"tracking_event_to_place"}
