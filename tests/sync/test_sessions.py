"""Who is at the other end of a socket, asked again and again."""

from collections.abc import Callable
from typing import Any

import pytest

from annotate.models import Frame, User
from annotate.sync import sessions
from annotate.sync.sessions import Denied, Viewer, authenticate, recheck

from .room import _sign_in
from .world import World


@pytest.fixture
def frame(world: World) -> Frame:
    return world.frame()


def viewer_of(world: World, frame: Frame, who: str = "annotator") -> Viewer:
    viewer, _ = authenticate(_sign_in(world.people[who]), frame.pk)
    return viewer


@pytest.mark.parametrize(
    ("who", "role"), [("owner", "manager"), ("annotator", "annotator"), ("viewer", "viewer")]
)
def test_it_knows_the_role(world: World, frame: Frame, who: str, role: str) -> None:
    viewer = viewer_of(world, frame, who)
    assert viewer.role == role
    assert recheck([viewer]) == [role]


def test_it_answers_for_each_viewer_in_order(world: World, frame: Frame) -> None:
    viewers = [viewer_of(world, frame, who) for who in ("viewer", "owner", "annotator", "viewer")]
    User.objects.filter(pk=viewers[1].user_id).update(is_active=False)
    world.project.memberships.filter(user=viewers[2].user_id).delete()
    assert recheck(viewers) == ["viewer", 4401, 4403, "viewer"]


def test_people_on_several_projects_are_told_apart(world: World, frame: Frame) -> None:
    from .world import make_world

    other = make_world()
    other.project.memberships.create(user=world.people["annotator"], role="viewer")
    viewers = [
        viewer_of(world, frame),
        authenticate(_sign_in(world.people["annotator"]), other.frame().pk)[0],
    ]
    assert recheck(viewers) == ["annotator", "viewer"]


def test_w4_an_account_that_is_deactivated_while_it_is_looked_at_is_signed_out(
    world: World, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not "no member any more": the client would never ask for signing in."""
    viewer = viewer_of(world, frame)

    def then_deactivate(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            try:
                return function(*args)
            finally:
                User.objects.filter(pk=viewer.user_id).update(is_active=False)

        return call

    for name in ("roles_for", "still_signed_in"):
        monkeypatch.setattr(sessions, name, then_deactivate(getattr(sessions, name)))
    assert recheck([viewer]) == [4401]


@pytest.mark.parametrize("who", ["stranger", "annotator"])
def test_w31_a_foreign_frame_is_as_a_missing_one(world: World, frame: Frame, who: str) -> None:
    frame_id = frame.pk if who == "stranger" else frame.pk + 1000
    with pytest.raises(Denied) as denied:
        authenticate(_sign_in(world.people[who]), frame_id)
    assert denied.value.code == 4403


def test_labels_are_read_for_all_projects_at_once(
    world: World, frame: Frame, django_assert_max_num_queries: Any
) -> None:
    from .world import make_world

    other = make_world()
    viewers = [
        viewer_of(world, frame),
        authenticate(_sign_in(other.people["annotator"]), other.frame().pk)[0],
    ]
    with django_assert_max_num_queries(1):
        found = sessions.labels_in({viewer.project_id for viewer in viewers})
    assert [label["id"] for label in found[world.project.pk]] == list(world.labels.values())
    assert [label["name"] for label in found[other.project.pk]] == ["car", "bus", "retired"]
    assert sessions.watch(viewers).labels == found
    world.project.labels.all().delete()
    assert sessions.watch(viewers).labels[world.project.pk] == []
