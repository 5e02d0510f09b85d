"""A version looks at what the database has marked, and at everything where nobody knows what is marked."""

import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from annotate.datasets import changed, fingerprints, gathering, marks
from annotate.datasets.fingerprints import part_of
from annotate.datasets.state import Frames
from annotate.frames import set_aside
from annotate.models import Frame, Label, Source
from tests.datasets.conftest import Studio
from tests.datasets.test_snapshot import OTHERWISE, check_made_anew

STATUSES = ("complete", "approved", "in_progress")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gathering, fingerprints):
        monkeypatch.setattr(module, "PART", 2)


def marked(studio: Studio) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT frame_id FROM annotate_marks WHERE project_id = %s ORDER BY 1", [studio.world.project.pk]
        )
        return [pk for (pk,) in cursor.fetchall()]


def nothing_is_marked() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM annotate_marks")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The parts that each version had looked at; None: all."""
    found: list[Any] = []
    whole = changed.Moment.fingerprints

    def watched(self: Any, statuses: Any, parts: Any = None) -> Any:
        found.append(parts if parts is None else sorted(parts))
        return whole(self, statuses, parts)

    monkeypatch.setattr(changed.Moment, "fingerprints", watched)
    return found


def test_what_a_version_depends_on_is_marked_whoever_writes_it(studio: Studio) -> None:
    frame, other = studio.add(2)
    frame_pk = frame.pk
    assert {*OTHERWISE, "source_id", "set_aside_at"} == set(marks.COLUMNS)
    for name, value in {**OTHERWISE, "source_id": studio.video().pk}.items():
        nothing_is_marked()
        Frame.objects.filter(pk=frame.pk).update(**{name: value})
        assert marked(studio) == [frame.pk], name
    nothing_is_marked()
    Frame.objects.filter(pk=other.pk).update(score=0.5, detections_revision=9)
    assert marked(studio) == [], "no version holds these"
    set_aside(other.pk, None)
    [new] = studio.add(1)
    frame.delete()
    assert marked(studio) == sorted([frame_pk, other.pk, new.pk])


def test_a_version_looks_at_the_parts_that_were_marked(studio: Studio, asked: list[Any]) -> None:
    frames = studio.add(12)
    studio.snapshot()
    studio.draw(frames[3])
    gone = frames[8].pk
    frames[8].delete()
    [new] = studio.add(1)
    second = studio.snapshot()
    assert asked == [None, sorted({part_of(frames[3].pk), part_of(gone), part_of(new.pk)})]
    assert second.counts["frames"] == 12
    check_made_anew(studio, second)
    assert studio.snapshot().number == studio.snapshot().number == 3, "nothing has changed since"
    assert asked[-1] == []


@pytest.mark.parametrize("lost", ["the triggers", "a trigger", "the version", "nothing but the statuses"])
def test_where_nobody_knows_everything_is_looked_at(studio: Studio, asked: list[Any], lost: str) -> None:
    frames = studio.add(6)
    studio.snapshot()
    statuses: tuple[str, ...] = ()
    with connection.cursor() as cursor:
        on = " ON annotate_frame" if connection.vendor == "postgresql" else ""
        match lost:
            case "the triggers":  # as SQLite does where a migration makes the table anew
                for name in marks.TRIGGERS:
                    cursor.execute(f"DROP TRIGGER {name}{on}")
                Frame.objects.filter(pk=frames[0].pk).update(name="unseen.jpg")
                marks.install()
            case "a trigger":
                cursor.execute(f"DROP TRIGGER {marks.TRIGGERS[1]}{on}")
                Frame.objects.filter(pk=frames[0].pk).update(name="unseen.jpg")
            case "the version":  # of a backup
                cursor.execute("UPDATE annotate_marks_since SET git_commit = %s", ["0" * 40])
            case _:
                statuses = ("complete", "in_progress")
    version = studio.snapshot(statuses=statuses, again=True)
    assert asked == [None, None]
    check_made_anew(studio, version, statuses=statuses)


def test_what_changes_while_a_version_is_written_keeps_its_mark(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = studio.add(6)
    write = Frames.write

    def late(self: Frames, *what: Any) -> None:
        write(self, *what)
        Frame.objects.filter(pk=frames[2].pk).update(name="late.jpg")

    monkeypatch.setattr(Frames, "write", late)
    studio.snapshot()
    assert frames[2].pk in marked(studio) and frames[0].pk not in marked(studio)
    monkeypatch.setattr(Frames, "write", write)
    check_made_anew(studio, studio.snapshot())


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_who_writes_a_frame_while_marks_go_keeps_it_marked(committed_studio: Studio) -> None:
    """Its mark was there before, so that its trigger wrote nothing that could be seen or waited for."""
    studio = committed_studio
    frames = studio.add(6)
    parameters = connection.get_connection_params()
    given = {
        name: parameters[name]
        for name in ("dbname", "user", "password", "host", "port")
        if parameters.get(name)
    }
    with psycopg.connect(**given) as other:
        other.execute("UPDATE annotate_frame SET name = 'late.jpg' WHERE id = %s", [frames[2].pk])
        studio.snapshot()
        assert marked(studio) == [frames[2].pk]
        other.commit()
    check_made_anew(studio, studio.snapshot())
    assert marked(studio) == []


def test_of_a_project_that_is_gone_nothing_stays_marked(studio: Studio) -> None:
    studio.add(3)
    studio.snapshot()
    Frame.everything.filter(project=studio.world.project).delete()
    assert len(marked(studio)) == 3
    project = studio.world.project.pk
    studio.world.project.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM annotate_marks WHERE project_id = %s", [project])
        assert cursor.fetchone() == (0,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM annotate_marks_since WHERE project_id = %s", [project])
        assert cursor.fetchone() == (0,)


def test_a_mark_of_another_project_under_the_same_number_is_in_nobodys_way(studio: Studio) -> None:
    """As where a database was emptied and counts anew."""
    frames = studio.add(2)
    studio.snapshot()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO annotate_marks (project_id, frame_id) VALUES (%s, %s)",
            [studio.world.project.pk + 1000, frames[0].pk],
        )
    studio.draw(frames[0])
    assert marked(studio) == [frames[0].pk]
    check_made_anew(studio, studio.snapshot())


@pytest.mark.parametrize("seed", range(4))
def test_on_a_random_walk_every_version_is_what_it_would_be_from_nothing(studio: Studio, seed: int) -> None:
    dice = random.Random(seed)
    studio.add(8)
    studio.snapshot()
    for _version in range(6):
        for _step in range(dice.randrange(1, 6)):
            step = dice.choice(STEPS)
            step(studio, dice)
        studio.add(1)  # something has changed, and something is complete
        statuses = STATUSES[: dice.choice((2, 2, 2, 3))]
        check_made_anew(studio, studio.snapshot(statuses=statuses), statuses=statuses)


def some(studio: Studio, dice: random.Random) -> Frame:
    there = list(Frame.objects.filter(project=studio.world.project).order_by("pk"))
    return dice.choice(there) if there else studio.add(1)[0]


def draw(studio: Studio, dice: random.Random) -> None:
    studio.draw(some(studio, dice), x2=dice.uniform(60, 300))


def update(studio: Studio, dice: random.Random) -> None:
    value: dict[str, Any] = dice.choice(
        [{"status": dice.choice(STATUSES)}, {"name": f"{uuid4()}.jpg"}, {"is_blind": dice.random() < 0.5}]
    )
    Frame.objects.filter(pk=some(studio, dice).pk).update(**value)


def take_away(studio: Studio, dice: random.Random) -> None:
    if Frame.objects.filter(project=studio.world.project).count() > 3:
        some(studio, dice).delete() if dice.random() < 0.5 else set_aside(some(studio, dice).pk, None)


def rename_around(studio: Studio, dice: random.Random) -> None:
    if dice.random() < 0.5:
        Label.objects.filter(pk=studio.world.labels["car"]).update(name=f"car {uuid4()}"[:30])
    else:
        Source.objects.filter(pk=studio.world.source.pk).update(name=f"{uuid4()}")


def add(studio: Studio, dice: random.Random) -> None:
    studio.add(dice.randrange(1, 4), status=dice.choice(STATUSES))


STEPS: list[Callable[[Studio, random.Random], None]] = [
    draw,
    draw,
    update,
    update,
    take_away,
    rename_around,
    add,
]
