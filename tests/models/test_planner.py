"""What SQLite is told of large tables: every index of theirs is named, and the plans are those that stay quick."""

import pytest
from django.db import connection

from annotate import planner, startup
from annotate.datasets.export_wish import ExportWish
from annotate.datasets.reading import Reader
from annotate.models import Box, Frame, Operation, Project

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL keeps statistics by itself"),
]


@pytest.fixture
def project() -> Project:
    return Project.objects.create(name="Harbour")


def reader(project: Project, labels: tuple[int, ...] = ()) -> Reader:
    wish = ExportWish(format="coco", labels=labels)
    return Reader(project, wish, "default")


def test_an_installation_without_new_migrations_is_told_at_its_next_start() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")
    startup.prepare_database(demo=False, say=print)
    test_every_index_is_named("annotate_box")


@pytest.mark.parametrize("table", planner.STATISTICS)
def test_every_index_is_named(table: str) -> None:
    """One that is not is taken for the best of all."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA index_list({table})")
        there = {row[1]: row[0] for row in cursor.fetchall()}
        assert set(there) == set(planner.STATISTICS[table])
        cursor.execute("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = %s", [table])
        assert dict(cursor.fetchall()) == planner.STATISTICS[table]
        for index, said in planner.STATISTICS[table].items():
            cursor.execute(f"PRAGMA index_info('{index}')")
            assert len(said.split()) == 1 + len(cursor.fetchall()), index


def test_a_second_time_changes_nothing() -> None:
    planner.tell_sqlite()
    planner.tell_sqlite()
    test_every_index_is_named("annotate_box")


def test_boxes_of_some_images_are_looked_for_by_image(project: Project) -> None:
    some = list(range(1, 201))
    for labels in ((), (1, 2)):
        plan = reader(project, labels).boxes().filter(frame__in=some).order_by("frame_id").explain()
        assert "(frame_id=?)" in plan, plan
    one = Box.objects.filter(frame=1, deleted_revision=None, status="accepted", label=1).explain()
    assert "(frame_id=?)" in one, one


def test_images_with_a_label_are_asked_one_by_one(project: Project) -> None:
    plan = reader(project, (1,)).frames().explain()
    assert "CORRELATED" in plan and "(frame_id=?)" in plan, plan


def test_what_is_rare_is_looked_for_by_what_is_rare() -> None:
    alive = Box.objects.filter(deleted_revision=None)
    assert "box_by_status" in alive.filter(status="proposed").order_by("pk").explain()
    assert "box_by_confidence" in alive.filter(status="accepted", confidence__lt=0.5).explain()
    assert "box_with_feedback" in alive.exclude(feedback="").filter(feedback="negative").explain()
    ratings = Operation.objects.filter(frame=1, kind="rate", user__isnull=False).order_by("revision")
    assert "operation_ratings" in ratings.explain(), ratings.explain()
    frames = Frame.objects.filter(project=1, status="complete").order_by("pk").explain()
    assert "(project_id=? AND status=?)" in frames, frames
