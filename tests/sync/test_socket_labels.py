"""Labels that somebody changes, in the desk, on a page or by a program, reach every open editor of the project."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate import tokens
from annotate.models import Label, User
from annotate.sync import fanout as fanout_module
from annotate.sync import sessions

from .room import Room, in_db
from .tab import Message, Tab
from .test_two_processes import Processes, bus, processes

__all__ = ["bus", "processes"]


@pytest.fixture(autouse=True)
def looked_at_often(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fanout_module.SESSIONS_S <= 2.5, "promised are 5 s, the questions to the database included"
    monkeypatch.setattr(fanout_module, "SESSIONS_S", 0.05)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def in_the_desk(room: Room) -> None:
    User.objects.filter(pk=room.user("owner").pk).update(is_staff=True, is_superuser=True)
    label = Label.objects.get(pk=room.world.labels["car"])
    form = {
        "name": "lorry",
        "color": "#112233",
        "key": "5",
        "position": str(label.position),
        "is_active": "on",
    }
    client = signed_in(User.objects.get(pk=room.user("owner").pk))
    assert client.post(reverse("admin:annotate_label_change", args=[label.pk]), form).status_code == 302


def on_the_page(room: Room) -> None:
    label, prefix = room.world.labels["car"], f"label-{room.world.labels['car']}"
    form = {f"{prefix}-name": "lorry", f"{prefix}-color": "#112233", f"{prefix}-key": "5"}
    address = reverse("change_label", args=[room.world.project.pk, label])
    assert signed_in(room.user("owner")).post(address, form).status_code == 302


def by_a_program(room: Room) -> None:
    made = tokens.make_token(room.user("owner"), "t", scope="manage", days=1, project=None)
    address = f"/api/v1/projects/{room.world.project.pk}/labels/{room.world.labels['car']}"
    body = '{"name": "lorry", "color": "#112233", "key": "5"}'
    headers = {"Authorization": f"Bearer {made.text}"}
    answer = Client().patch(address, body, content_type="application/json", headers=headers)
    assert answer.status_code == 200, answer.content


async def shows(tab: Tab, change: Callable[[list[Message]], bool]) -> list[Message]:
    """The newest labels that the tab was told, once they are so."""
    await tab.wait_for(lambda: tab.all("labels") and change(tab.all("labels")[-1]["labels"]))
    labels: list[Message] = tab.all("labels")[-1]["labels"]
    return labels


def has(**fields: Any) -> Callable[[list[Message]], bool]:
    """Whether one of the labels is like that."""
    return lambda labels: any(fields.items() <= label.items() for label in labels)


@pytest.mark.parametrize("change", [in_the_desk, on_the_page, by_a_program])
async def test_d5_a_change_reaches_every_open_editor_of_the_project(
    room: Room, change: Callable[[Room], None]
) -> None:
    first, viewer = await room.join(), await room.join("viewer")
    elsewhere = room.tab(await room.cookie("second"), await in_db(room.world.frame))
    await elsewhere.open()
    await in_db(change, room)
    car = room.world.labels["car"]
    for tab in (first, viewer, elsewhere):
        labels = await shows(tab, has(id=car, name="lorry", color="#112233", key="5", active=True))
        assert {label["id"] for label in labels} == set(room.world.labels.values()), "all of them, each time"
    await first.draw()
    assert len(first.all("labels")) == 1, "told once"


async def test_new_labels_those_set_aside_their_order_and_deletions_are_told(room: Room) -> None:
    tab, labels = await room.join(), Label.objects.filter(project=room.world.project)
    made = await in_db(
        Label.objects.create, project=room.world.project, name="tram", color="#334455", position=9
    )
    await shows(tab, has(id=made.pk, name="tram"))
    await in_db(labels.filter(pk=made.pk).update, is_active=False)
    assert (await shows(tab, has(id=made.pk, active=False)))[0]["name"] == "car"
    await in_db(labels.filter(name="car").update, position=20)
    await shows(tab, lambda told: told[-1]["name"] == "car")
    await in_db(labels.filter(pk=made.pk).delete)
    await shows(tab, lambda told: not has(id=made.pk)(told))


async def test_an_editor_that_opens_just_then_misses_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The labels of its welcome were read before somebody changed them, and it was not among those who were told."""
    authenticate = sessions.authenticate

    def then_changed(session: str, frame: int) -> Any:
        found = authenticate(session, frame)
        Label.objects.filter(pk=room.world.labels["car"]).update(name="lorry")
        return found

    monkeypatch.setattr(sessions, "authenticate", then_changed)
    tab = await room.join()
    assert has(name="car")(tab.messages[0]["labels"])
    await shows(tab, has(name="lorry"))


async def test_z2_labels_of_other_projects_are_not_told(room: Room) -> None:
    from .world import make_world

    tab = await room.join()
    other = await in_db(make_world)
    await in_db(Label.objects.filter(pk=other.labels["car"]).update, name="secret")
    await in_db(Label.objects.filter(pk=room.world.labels["bus"]).update, name="coach")
    await shows(tab, has(name="coach"))
    assert "secret" not in str(tab.messages) and len(tab.all("labels")) == 1


@pytest.mark.parametrize("is_lossy", [False, True], ids=["with the bus", "without"])
async def test_editors_of_other_processes_are_told_whether_the_bus_works_or_not(
    room: Room, processes: Processes, is_lossy: bool
) -> None:
    if is_lossy:
        processes.bus.deliver = lambda message: []
    ada, bob = await processes.join(0, "annotator"), await processes.join(1, "second")
    await in_db(on_the_page, room)
    for tab in (ada, bob):
        await shows(tab, has(name="lorry"))
