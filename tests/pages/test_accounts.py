from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotate.demo.paint import HEIGHT, WIDTH
from annotate.demo.scenes import LIGHTS, PLACES, scenes
from annotate.models import User


def created(*arguments: str) -> str:
    out = StringIO()
    call_command("create_manager", *arguments, stdout=out)
    return out.getvalue()


def test_s3_a_manager_gets_a_random_password_shown_once(db: None) -> None:
    said = created("maria")
    user = User.objects.get(username="maria")
    password = said.split("password:")[1].split()[0]
    assert user.check_password(password) and len(password) >= 16
    assert user.has_perm("annotate.add_project")
    assert not user.is_staff and not user.is_superuser
    with pytest.raises(CommandError, match="already an account"):
        created("maria")
    assert User.objects.get(username="maria").check_password(password)


@pytest.mark.parametrize("username", ["with space", "semi;colon", "<b>"])
def test_it_refuses_odd_user_names(db: None, username: str) -> None:
    with pytest.raises(CommandError):
        created(username)
    assert not User.objects.exists()


def test_the_scenes_are_the_same_every_time_and_their_truth_lies_inside() -> None:
    first, again = scenes(), scenes()
    one, two = next(first), next(again)
    assert one.image.tobytes() == two.image.tobytes() and one.truth == two.truth
    assert one.image.size == (WIDTH, HEIGHT)
    assert len(one.truth) >= 8
    for edges in one.truth:
        assert 0 <= edges.x1 < edges.x2 <= WIDTH and 0 <= edges.y1 < edges.y2 <= HEIGHT
    assert len(LIGHTS) * len(PLACES) == 12
