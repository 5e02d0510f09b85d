"""Boxes through the API: the rules, the log and the undo of the live editor, and no lost update."""

import random
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from annotate.models import Box, ClientCursor, Frame, Membership, Operation
from annotate.sync.operations import Command
from annotate.sync.submit import Submission, submit
from tests.sync.replica import check_replay

from .conftest import Api


def address(api: Api, what: str = "operations") -> str:
    return f"/api/v1/frames/{api.world.frame.pk}/{what}"


def create(api: Api, c: int = 1, box: UUID | None = None, **fields: Any) -> dict[str, Any]:
    values = {"x1": 10, "y1": 20, "x2": 110, "y2": 90, "label": api.world.label.pk, **fields}
    return {"c": c, "k": "create", "box": str(box or uuid4()), "set": values}


def test_a_batch_is_stored_told_and_read_again(
    api: Api,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[int] = []
    monkeypatch.setattr("annotate.api.boxes.announce", told.append)
    commands = [create(api), create(api, 2, x1=200, x2=300)]
    with django_capture_on_commit_callbacks(execute=True):
        answer = api.post("writes", address(api), {"commands": commands})
    assert answer.status_code == 200, answer.content
    assert [one["accepted"] for one in answer.json()["outcomes"]] == [True, True]
    assert told == [api.world.frame.pk]
    page = api.get("reads", address(api, "boxes"))
    assert page["ETag"] == answer["ETag"] == f'"{answer.json()["epoch"]}-2"'
    assert [one["id"] for one in page.json()["items"]] == [one["box"] for one in commands]
    operations = Operation.objects.filter(frame=api.world.frame)
    assert {one.user.username for one in operations if one.user} == {"manager"}
    assert {one.origin for one in operations} == {"user"}
    log = api.get("reads", address(api, "operations") + "?after=1").json()
    assert (log["revision"], [one["revision"] for one in log["items"]]) == (2, [2])
    check_replay(api.world.frame)


def test_r12_nothing_is_done_when_the_image_has_changed(api: Api) -> None:
    tag = api.get("reads", address(api, "boxes"))["ETag"]
    Submitter(api).draw()
    answer = api.post("writes", address(api), {"commands": [create(api)]}, If_Match=tag)
    assert answer.status_code == 412
    assert answer.json()["revision"] == 1 and answer["ETag"] == f'"{answer.json()["epoch"]}-1"'
    assert Box.objects.count() == 1
    again = api.post("writes", address(api), {"commands": [create(api)]}, If_Match=answer["ETag"])
    assert again.status_code == 200 and Box.objects.count() == 2
    assert api.post("writes", address(api), {"commands": [create(api)]}, If_Match="*").status_code == 200
    for wrong in ("", '"1"', 'W/"1"', "x" * 500):
        assert (
            api.post("writes", address(api), {"commands": [create(api)]}, If_Match=wrong).status_code == 412
        )


class Submitter:
    """Somebody at the editor."""

    def __init__(self, api: Api) -> None:
        self.api, self.client, self.counter = api, uuid4(), 0

    def draw(self) -> None:
        self.counter += 1
        fields = {"x1": 1.0, "y1": 1.0, "x2": 30.0, "y2": 30.0, "label": self.api.world.label.pk}
        command = Command(self.counter, "create", uuid4(), fields)
        submit(
            self.api.world.frame.pk,
            [Submission(self.client, self.api.world.people["annotator"].pk, [command])],
        )


def test_a_reader_is_told_when_nothing_is_new(api: Api) -> None:
    tag = api.get("reads", address(api, "boxes"))["ETag"]
    assert api.get("reads", address(api, "boxes"), If_None_Match=tag).status_code == 304
    Submitter(api).draw()
    assert api.get("reads", address(api, "boxes"), If_None_Match=tag).status_code == 200


def test_w24_a_client_with_counters_may_send_again(api: Api) -> None:
    body = {"client": str(uuid4()), "commands": [create(api), create(api, 2)]}
    first = api.post("writes", address(api), body).json()
    assert api.post("writes", address(api), body).json()["outcomes"] == first["outcomes"]
    assert Box.objects.count() == 2
    hole = api.post("writes", address(api), {**body, "commands": [create(api, 9)]}).json()
    assert hole["outcomes"][0]["code"] == "hole"
    stolen = api.post("annotator", address(api), {**body, "commands": [create(api, 3)]}).json()
    assert stolen["outcomes"][0]["code"] == "forbidden"


def test_without_a_client_an_idempotency_key_does_it_once(api: Api) -> None:
    body = {"commands": [create(api), create(api, 1)]}
    first = api.post("writes", address(api), body, Idempotency_Key="k")
    again = api.post("writes", address(api), body, Idempotency_Key="k")
    assert first.content == again.content and again["ETag"] == first["ETag"]
    assert Box.objects.count() == 2
    third = api.post("writes", address(api), {"commands": [create(api)]})
    assert third.json()["outcomes"][0]["accepted"] and ClientCursor.objects.count() == 1


def test_r17_one_bad_command_spoils_no_other(api: Api) -> None:
    box = uuid4()
    commands = [
        create(api, 1, box),
        create(api, 2, box),
        {"c": 3, "k": "set", "box": str(uuid4()), "set": {"x1": 5}},
        {"c": 4, "k": "set", "box": str(box), "set": {"x1": 5}},
        create(api, 5, label=999_999),
    ]
    outcomes = api.post("writes", address(api), {"commands": commands}).json()["outcomes"]
    assert [one["c"] for one in outcomes] == [1, 2, 3, 4, 5]
    assert [one["accepted"] for one in outcomes] == [True, False, False, True, False]
    assert outcomes[1]["code"] == "exists"
    assert Box.objects.get().x1 == 5


def test_a_request_is_one_step_of_undo(api: Api) -> None:
    api.post("writes", address(api), {"commands": [create(api), create(api, 2)]})
    undone = api.post("writes", address(api), {"commands": [{"c": 1, "k": "undo", "g": "u1"}]}).json()
    assert undone["outcomes"][0]["accepted"], undone
    assert api.get("reads", address(api, "boxes")).json()["items"] == []
    api.post("writes", address(api), {"commands": [{"c": 1, "k": "redo", "g": "r1"}]})
    assert len(api.get("reads", address(api, "boxes")).json()["items"]) == 2


def test_w14_a_box_of_another_image_is_as_good_as_none(api: Api) -> None:
    from tests.pages.conftest import add_frame

    frame = add_frame(api.world.project, api.world.frame.source, "other.jpg")
    box = uuid4()
    api.post("writes", f"/api/v1/frames/{frame.pk}/operations", {"commands": [create(api, 1, box)]})
    move = {"c": 1, "k": "set", "box": str(box), "set": {"x1": 5}}
    none = {"c": 2, "k": "set", "box": str(uuid4()), "set": {"x1": 5}}
    foreign, missing = api.post("writes", address(api), {"commands": [move, none]}).json()["outcomes"]
    assert {**foreign, "c": 0} == {**missing, "c": 0}


def test_w16_what_may_not_be_written_is_ignored(api: Api) -> None:
    command = create(api)
    command["set"] |= {"source": "model", "by": 1, "created_revision": 7, "frame": 1}
    answer = api.post("writes", address(api), {"commands": [command]})
    assert answer.status_code == 200 and answer.json()["outcomes"][0]["accepted"]
    box = Box.objects.get()
    assert (box.source, box.created_by, box.frame) == ("human", api.world.people["manager"], api.world.frame)


def test_z10_the_right_is_that_of_the_commit(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken away between the check of the request and the transaction."""
    from annotate.api import boxes

    real = boxes.check_unchanged

    def demoted(call: Any, frame: Frame) -> None:
        Membership.objects.filter(user=call.user, project=frame.project).update(role="viewer")
        real(call, frame)

    monkeypatch.setattr(boxes, "check_unchanged", demoted)
    outcomes = api.post("writes", address(api), {"commands": [create(api)]}).json()["outcomes"]
    assert outcomes[0]["code"] == "forbidden" and not Box.objects.exists()


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_boxes_come_in_pages(limit: int, api: Api) -> None:
    api.post("writes", address(api), {"commands": [create(api, c) for c in range(1, 11)]})
    everything = api.get("reads", address(api, "boxes")).json()["items"]
    seen: list[Any] = []
    cursor = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = api.get("reads", f"{address(api, 'boxes')}?limit={limit}{more}").json()
        seen, cursor = seen + page["items"], page["next"]
    assert seen == everything and len(seen) == 10


def test_at_most_so_many_commands_at_once(api: Api) -> None:
    commands = [{"c": c, "k": "undo", "g": f"g{c}"} for c in range(1, 502)]
    assert api.post("writes", address(api), {"commands": commands}).status_code == 422
    assert api.post("writes", address(api), {"commands": []}).status_code == 422


def test_random_batches_from_three_callers_replay_to_what_is_stored(api: Api) -> None:
    """I3: whoever writes by whichever way, the log is the truth."""
    dice = random.Random(11)
    boxes: list[str] = []
    for _ in range(25):
        commands = []
        for c in range(1, dice.randint(2, 6)):
            if boxes and dice.random() < 0.6:
                kind = dice.choice(["set", "delete", "restore"])
                command: dict[str, Any] = {"c": c, "k": kind, "box": dice.choice(boxes)}
                if kind == "set":
                    command["set"] = {"x1": dice.uniform(-50, 90), "y2": dice.uniform(60, 2000)}
            else:
                command = create(api, c)
                boxes.append(command["box"])
            commands.append(command)
        who = dice.choice(["writes", "annotator", "reviewer"])
        assert api.post(who, address(api), {"commands": commands}).status_code == 200
    check_replay(api.world.frame)
