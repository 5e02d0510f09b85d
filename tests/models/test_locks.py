"""A row that is locked is locked alone: whoever works on one image keeps nobody from another."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model

from annotate.models import Frame, Project, Source, locked_frames

SOURCES = Path(apps.get_app_config("annotate").path)
LOCKS = re.compile(
    r"(?:Frame\.(?:objects|everything)|frames(?:_for\(\w+\))?)\.select_for_update\((?!.*\bof=)"
)


@pytest.fixture
def frames(transactional_db: None) -> list[Frame]:
    project = Project.objects.create(name="Harbour")
    source = Source.objects.create(project=project, kind="upload", name="first")
    known = {"project": project, "source": source, "media_type": "image/jpeg", "width": 10, "height": 10}
    return [
        Frame.objects.create(
            index=place, name=f"{place}.jpg", md5=uuid4().hex, original_md5=uuid4().hex, **known
        )
        for place in range(2)
    ]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer, and no locks of rows")
def test_two_images_of_one_project_are_locked_at_once(frames: list[Frame]) -> None:
    first, second = frames

    def by_somebody_else(row: Model) -> bool:
        """Whether it can be locked now."""
        try:
            with transaction.atomic():
                model = type(row)
                free = model._default_manager.filter(pk=row.pk).order_by().select_for_update(skip_locked=True)
                return free.first() is not None
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as other:
        assert locked_frames(Frame.objects.filter(pk=first.pk)).first() == first
        assert not other.submit(by_somebody_else, first).result(10)
        for row in (second, first.project, first.source):
            assert other.submit(by_somebody_else, row).result(10), f"{row!r} is locked as well"


@pytest.mark.django_db
def test_it_joins_nothing() -> None:
    assert "JOIN" not in str(locked_frames(Frame.objects.filter(pk=1)).query)
    assert "JOIN" in str(Frame.objects.filter(pk=1).query), "by their usual order it would"


def test_frames_are_locked_in_no_other_way() -> None:
    found = [str(path) for path in SOURCES.rglob("*.py") if LOCKS.search(path.read_text())]
    assert found == []
