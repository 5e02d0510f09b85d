"""export_dataset and import_dataset: the same as the page, with words and exit codes for scripts."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotate.datasets.workplace import workplaces
from annotate.models import Box, Frame, Label, Membership, Operation, Project
from tests.sync.world import World, make_world

from .harbour import add_pictures, draw_some, shapes


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    draw_some(world, add_pictures(world, 2)[0], 4)
    return world


def said(*words: object) -> str:
    out = StringIO()
    call_command(*map(str, words), stdout=out, stderr=out)
    return out.getvalue()


def test_out_and_into_a_new_project(world: World, tmp_path: Path) -> None:
    path = tmp_path / "harbour.zip"
    assert "2 images, 4 boxes" in said("export_dataset", world.project.pk, path)
    owner = world.people["owner"]
    dry = said("import_dataset", path, "--new", "Copy", "--dry-run")
    assert "2 images (0 in the project, 2 new, 0 missing), 4 boxes" in dry and "class car" in dry
    assert not Project.objects.filter(name="Copy").exists()
    assert "4 boxes added" in said("import_dataset", path, "--new", "Copy", "--user", owner.username)
    copy = Project.objects.get(name="Copy")
    assert shapes(copy) == shapes(world.project) and Membership.objects.get(project=copy).user == owner
    before = Operation.objects.count()
    assert "0 boxes added, 4 already there" in said("import_dataset", path, "--project", copy.pk)
    assert Operation.objects.count() == before and list(workplaces()) == []


def test_filters_and_losses_are_told(world: World, tmp_path: Path) -> None:
    told = said("export_dataset", world.project.pk, tmp_path / "a.zip", "--format", "yolo", "--label", "car",
                "--status", "in_progress", "--no-images")  # fmt: skip
    assert "1 images" in told and "not in this format:" in told
    with pytest.raises(CommandError, match="Nothing was written"):
        said("export_dataset", world.project.pk, tmp_path / "b.zip", "--label", "tree")
    with pytest.raises(CommandError, match="is not a folder"):
        said("export_dataset", world.project.pk, tmp_path / "none" / "b.zip")
    assert sorted(path.name for path in tmp_path.glob("*.zip*")) == ["a.zip"]


def coco(tmp_path: Path, box: list[float]) -> Path:
    images = [{"id": 1, "file_name": "quay 001.png", "width": 400, "height": 300}]
    annotations = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": box}]
    path = tmp_path / "set.json"
    found = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "ship"}]}
    path.write_text(json.dumps(found))
    return path


def test_errors_are_lines_and_the_exit_is_not_0(world: World, tmp_path: Path) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="1 errors. Nothing was changed"):
        call_command(
            "import_dataset",
            str(coco(tmp_path, [900, 0, 5, 5])),
            project=str(world.project.pk),
            stdout=out,
            stderr=out,
        )
    assert "set.json:annotations[0]" in out.getvalue()
    for words in (
        ("--map", "tree=car"),
        ("--map", "ship=tree"),
        ("--map", "ship"),
        ("--user", "nobody"),
        ("--format", "yolo"),
    ):
        with pytest.raises(CommandError):
            said("import_dataset", coco(tmp_path, [1, 1, 5, 5]), "--project", world.project.pk, *words)
    with pytest.raises(CommandError, match="not a file"):
        said("import_dataset", tmp_path / "none.zip", "--project", world.project.pk)
    assert Box.objects.count() == 4 and list(workplaces()) == []


def test_mapped_as_proposals(world: World, tmp_path: Path) -> None:
    path = coco(tmp_path, [1, 1, 50, 50])
    said("import_dataset", path, "--project", world.project.pk, "--map", "ship=bus", "--as", "proposals")
    box = Box.objects.get(frame=Frame.objects.get(name="quay 001.png"))
    assert (box.label.name, box.status, box.source) == ("bus", "proposed", "model")
    assert Label.objects.filter(name="ship").count() == 0 and path.exists()
    said("import_dataset", path, "--project", world.project.pk, "--map", "ship=", "--as", "boxes")
    assert Box.objects.filter(source="human").count() == 4
