import io

import pytest
from PIL import Image

from annotate.accounts import make_account
from annotate.demo import seed
from annotate.demo.scenes import Scene, scenes
from annotate.demo.seed import LABELS, PEOPLE, SCENES, seed_demo
from annotate.models import Box, Frame, Operation, Project, Source, User

from .conftest import add_frame


def add_image(source: Source, name: str, data: bytes) -> Frame:
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (1280, 800)
    return add_frame(source.project, source, name)


@pytest.fixture(scope="module")
def painted() -> list[Scene]:
    return list(scenes())


@pytest.fixture(autouse=True)
def painted_once(painted: list[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """Painting takes 4 s; it is the same every time."""
    monkeypatch.setattr(seed, "scenes", lambda: painted)


@pytest.fixture
def passwords(db: None) -> dict[str, str]:
    return seed_demo(add_image)


def test_s3_each_account_gets_its_own_random_password(passwords: dict[str, str]) -> None:
    assert set(passwords) == {person.username for person in PEOPLE}
    assert len(set(passwords.values())) == len(PEOPLE)
    for username, password in passwords.items():
        user = User.objects.get(username=username)
        assert user.check_password(password) and not user.is_staff and not user.is_superuser


def test_it_makes_a_project_worth_looking_at(passwords: dict[str, str]) -> None:
    project = Project.objects.get()
    assert project.labels.count() == len(LABELS) and project.memberships.count() == len(PEOPLE)
    assert project.frames.count() == SCENES
    states = list(project.frames.values_list("status", flat=True))
    assert set(states) == {Frame.Status.TO_ANNOTATE, Frame.Status.IN_PROGRESS, Frame.Status.COMPLETE}


def test_its_boxes_came_through_the_log(passwords: dict[str, str]) -> None:
    assert Box.objects.count() == Operation.objects.count() > 30
    for frame in Frame.objects.all():
        assert frame.operations.count() == frame.revision
    assert set(Operation.objects.values_list("user__username", flat=True)) == {"ada"}


def test_repeating_it_changes_nothing_and_tells_no_password(passwords: dict[str, str]) -> None:
    before = Box.objects.count(), Frame.objects.count(), Project.objects.count(), User.objects.count()
    hashes = list(User.objects.values_list("password", flat=True))
    assert seed_demo(add_image) == {}
    assert (
        Box.objects.count(),
        Frame.objects.count(),
        Project.objects.count(),
        User.objects.count(),
    ) == before
    assert list(User.objects.values_list("password", flat=True)) == hashes


def test_it_leaves_an_account_that_was_there_as_it_is(db: None) -> None:
    password = make_account("ada", first_name="Another")
    assert "ada" not in seed_demo(add_image)
    ada = User.objects.get(username="ada")
    assert ada.check_password(password) and ada.first_name == "Another"


def test_an_account_that_somebody_deleted_does_not_come_back(passwords: dict[str, str]) -> None:
    User.objects.filter(username="linus").delete()
    assert seed_demo(add_image) == {}
    assert not User.objects.filter(username="linus").exists()


def test_pictures_that_an_interrupted_start_did_not_make_are_made_by_the_next(
    passwords: dict[str, str], painted: list[Scene]
) -> None:
    User.objects.filter(username="linus").delete()
    Frame.objects.filter(name__in=[scene.name for scene in painted[3:]]).delete()
    assert seed_demo(add_image) == {}
    assert Frame.objects.count() == SCENES
