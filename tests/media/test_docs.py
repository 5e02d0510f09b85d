"""docs/images.md tells what the code does."""

import re

from django.conf import settings

from annotate.actions.uploads import STATUS_OF_REFUSAL
from annotate.management.commands import import_folder, import_video, worker
from annotate.media.decode import FORMATS
from annotate.media.limits import ArchiveLimits, ImageLimits
from annotate.views.uploads import FILES_AT_ONCE

TEXT = (settings.BASE_DIR / "docs" / "images.md").read_text()
FLAT = " ".join(TEXT.replace("`", "").split())


def test_every_setting_about_images_is_described() -> None:
    source = (settings.BASE_DIR / "hitlsite" / "settings.py").read_text()
    names = set(re.findall(r"HITL_(?:MAX|VIDEO|MIN_FREE)_?\w*", source))
    assert len(names) >= 8
    assert {name for name in names if f"`{name}`" not in TEXT} == set()


def test_every_kind_that_is_accepted_is_named() -> None:
    assert {kind for kind in FORMATS if kind.lower() not in TEXT.lower()} == set()


def test_limits_that_no_setting_changes_are_the_real_ones() -> None:
    archive, image = ArchiveLimits(total_bytes=1), ImageLimits(file_bytes=1, pixels=1)
    assert f"{image.side:,} pixels per side" in FLAT and f"{image.scans} passes of a JPEG" in FLAT
    assert f"{archive.entries:,} files and a ratio of {archive.ratio} : 1" in FLAT
    assert f"from {archive.ratio_from_bytes >> 20} MiB on" in FLAT
    assert f"{FILES_AT_ONCE} files in one plain form" in FLAT
    assert settings.MAX_BODY_BYTES == 1 << 20 and "1 MiB for the body of every request" in FLAT


def test_every_answer_is_named() -> None:
    for status in (200, 201, 202, 400, *STATUS_OF_REFUSAL.values()):
        assert f"{status} " in FLAT


def test_every_command_is_shown() -> None:
    for module in (import_folder, import_video, worker):
        assert f"manage.py {module.__name__.rpartition('.')[2]}" in TEXT
