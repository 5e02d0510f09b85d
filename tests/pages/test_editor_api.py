"""What the editor asks for besides its socket: comments, history, preferences, the status of a frame."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from annotate import comments
from annotate.models import Comment, Frame, Operation, StatusChange, User
from annotate.preferences import preferences_of
from annotate.sync.operations import Command
from annotate.sync.submit import Submission, submit

from .conftest import World, add_box, add_frame

CHOSEN = {"preset": "cvat", "keys": {"box.delete": ["X"]}, "single_keys": False}


def send(world: World, who: str, method: str, address: str, body: Any, **headers: Any) -> Any:
    client = world.client(who)
    return getattr(client, method)(address, json.dumps(body), content_type="application/json", **headers)


def comments_url(world: World) -> str:
    return reverse("frame_comments", args=[world.frame.pk])


def say(world: World, who: str = "annotator", text: str = "Is this a boat?", **rest: Any) -> Any:
    return send(world, who, "post", comments_url(world), {"id": str(uuid4()), "text": text, **rest})


def comment_by(world: World, who: str = "annotator", **rest: Any) -> Comment:
    return comments.add_comment(
        world.frame.pk, world.people[who], uuid4(), rest.pop("text", "hello"), comments.Pin(**rest)
    )


def change_url(comment: Comment) -> str:
    return reverse("change_comment", args=[comment.pk])


class TestComments:
    def test_it_keeps_what_was_said_and_where(self, world: World) -> None:
        box = add_box(world.frame, world.label)
        assert say(world, text="On the box", box=str(box.pk)).status_code == 201
        assert say(world, text="At a place", x=12.5, y=30).status_code == 201
        listing = world.client("viewer").get(comments_url(world)).json()
        assert [(one["text"], one["box"], one["x"]) for one in listing["comments"]] == [
            ("On the box", str(box.pk), None),
            ("At a place", None, 12.5),
        ]
        assert listing["revision"] == 2

    def test_w24_sent_again_it_is_the_same_comment(self, world: World) -> None:
        body = {"id": str(uuid4()), "text": "once"}
        for _ in range(2):
            assert send(world, "annotator", "post", comments_url(world), body).status_code == 201
        assert Comment.objects.count() == 1
        taken = send(world, "reviewer", "post", comments_url(world), body)
        assert taken.status_code == 400, "the id belongs to somebody else's comment"

    def test_it_names_members_alone(self, world: World) -> None:
        say(world, text="@reviewer and @stranger, mail me@manager. Ask @manager.")
        assert {user.username for user in Comment.objects.get().mentions.all()} == {"reviewer", "manager"}

    def test_a_mention_waits_until_it_is_resolved(self, world: World) -> None:
        comment = comment_by(world, text="@reviewer look")
        page = world.client("reviewer").get(reverse("mentions")).content.decode()
        assert "@reviewer look" in page and f"?comment={comment.pk}" in page
        send(world, "reviewer", "patch", change_url(comment), {"resolved": True})
        assert "@reviewer look" not in world.client("reviewer").get(reverse("mentions")).content.decode()

    def test_z2_a_mention_is_hidden_from_somebody_who_left(self, world: World) -> None:
        comment_by(world, text="@reviewer look")
        world.membership("reviewer").delete()
        assert "@reviewer look" not in world.client("reviewer").get(reverse("mentions")).content.decode()

    def test_w18_a_viewer_reads_only(self, world: World) -> None:
        comment = comment_by(world)
        assert world.client("viewer").get(comments_url(world)).status_code == 200
        assert say(world, "viewer").status_code == 403
        assert send(world, "viewer", "patch", change_url(comment), {"resolved": True}).status_code == 403
        assert Comment.objects.get().resolved_at is None

    @pytest.mark.parametrize("who", ["stranger", "anonymous"])
    def test_z1_nobody_else_learns_anything(self, world: World, who: str) -> None:
        comment = comment_by(world)
        expected = 401 if who == "anonymous" else 404
        assert world.client(who).get(comments_url(world)).status_code == expected
        assert say(world, who).status_code == expected
        assert send(world, who, "patch", change_url(comment), {"deleted": True}).status_code == expected

    def test_only_its_author_changes_the_text(self, world: World) -> None:
        comment = comment_by(world, text="first")
        assert send(world, "manager", "patch", change_url(comment), {"text": "other"}).status_code == 403
        assert send(world, "annotator", "patch", change_url(comment), {"text": "second"}).status_code == 200
        comment.refresh_from_db()
        assert comment.text == "second" and comment.edited_at is not None

    def test_a_reviewer_may_delete_and_show_it_again(self, world: World) -> None:
        comment = comment_by(world)
        reply = comment_by(world, parent=comment.pk, text="yes")
        assert (
            send(world, "reviewer", "patch", change_url(comment), {"deleted": True}).json()["comments"] == []
        )
        back = send(world, "reviewer", "patch", change_url(comment), {"deleted": False}).json()
        assert [one["id"] for one in back["comments"]] == [str(comment.pk), str(reply.pk)]

    @pytest.mark.parametrize(
        "body",
        [
            {"text": ""},
            {"text": "   "},
            {"text": "a\0b"},
            {"text": "x" * 2001},
            {"text": "hi", "x": 5},
            {"text": "hi", "x": 5000, "y": 5},
            {"text": "hi", "box": str(UUID(int=7))},
            {"text": "hi", "parent": str(UUID(int=7))},
            {"text": "hi", "author": 1},
            {"text": 5},
        ],
        ids=lambda body: str(body)[:40],
    )
    def test_it_refuses_what_makes_no_sense(self, world: World, body: dict[str, Any]) -> None:
        answer = send(world, "annotator", "post", comments_url(world), {"id": str(uuid4()), **body})
        assert answer.status_code == 400
        assert not Comment.objects.exists()
        world.frame.refresh_from_db()
        assert world.frame.comments_revision == 0

    def test_z11_json_as_text_is_refused(self, world: World) -> None:
        body = json.dumps({"id": str(uuid4()), "text": "hi"})
        answer = world.client("annotator").post(comments_url(world), body, content_type="text/plain")
        assert answer.status_code == 400
        without_token = world.client("annotator", csrf=True)
        assert without_token.post(comments_url(world), body, "application/json").status_code == 403
        assert not Comment.objects.exists()

    def test_w14_a_box_of_another_frame_is_not_there(self, world: World) -> None:
        other = add_frame(world.project, world.frame.source, "other.jpg")
        box = add_box(other, world.label)
        assert say(world, box=str(box.pk)).status_code == 400

    def test_each_change_moves_the_revision(self, world: World) -> None:
        comment = comment_by(world)
        for body in ({"text": "other"}, {"resolved": True}, {"deleted": True}):
            send(world, "annotator", "patch", change_url(comment), body)
        world.frame.refresh_from_db()
        assert world.frame.comments_revision == 4


class TestHistory:
    def fill(self, world: World, count: int) -> None:
        author, client, box = world.people["annotator"], uuid4(), uuid4()
        fields = {"x1": 1.0, "y1": 1.0, "x2": 50.0, "y2": 50.0, "label": world.label.pk}
        commands = [Command(1, "create", box, fields)]
        commands += [Command(n, "set", box, {"x2": 50.0 + n}) for n in range(2, count + 1)]
        submit(world.frame.pk, [Submission(client, author.pk, commands)])

    def test_it_goes_back_page_by_page(self, world: World) -> None:
        self.fill(world, 130)
        client, url = world.client("viewer"), reverse("frame_history", args=[world.frame.pk])
        first = client.get(url).json()
        assert [one["r"] for one in first["operations"]] == list(range(130, 30, -1)) and first["more"]
        rest = client.get(url, {"below": first["operations"][-1]["r"]}).json()
        assert [one["r"] for one in rest["operations"]] == list(range(30, 0, -1)) and not rest["more"]
        oldest = rest["operations"][-1]
        assert (oldest["k"], oldest["by"]) == ("create", world.people["annotator"].pk)

    @pytest.mark.parametrize("below", ["x", "-1", "1.5", "٣", "9" * 30])
    def test_it_refuses_what_is_no_revision(self, world: World, below: str) -> None:
        url = reverse("frame_history", args=[world.frame.pk])
        assert world.client("viewer").get(url, {"below": below}).status_code == 400

    def test_x3_it_needs_few_queries(self, world: World, django_assert_max_num_queries: Any) -> None:
        self.fill(world, 60)
        client = world.client("viewer")
        with django_assert_max_num_queries(8):
            client.get(reverse("frame_history", args=[world.frame.pk]))

    @pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("anonymous", 401)])
    def test_z1_members_only(self, world: World, who: str, status: int) -> None:
        assert world.client(who).get(reverse("frame_history", args=[world.frame.pk])).status_code == status


class TestPreferences:
    url = "/api/ui/preferences"

    def test_they_follow_the_account(self, world: World) -> None:
        assert send(world, "annotator", "put", self.url, CHOSEN).status_code == 200
        answer = world.client("annotator").get(self.url).json()
        assert {name: answer[name] for name in CHOSEN} == CHOSEN
        assert world.client("reviewer").get(self.url).json()["preset"] == "ours"

    def test_the_editor_gets_them(self, world: World) -> None:
        send(world, "annotator", "put", self.url, CHOSEN)
        data = world.client("annotator").get(reverse("editor_data", args=[world.frame.pk])).json()
        assert data["preferences"]["preset"] == "cvat"
        assert {"username": "reviewer", "name": "reviewer"}.items() <= data["members"][2].items()

    @pytest.mark.parametrize(
        "body",
        [
            {"preset": "vim"},
            {"keys": {"<script>": ["A"]}},
            {"keys": {"box.delete": ["A"] * 5}},
            {"panel_width": 5},
            {"is_superuser": True},
            [],
        ],
        ids=str,
    )
    def test_nonsense_changes_nothing(self, world: World, body: Any) -> None:
        send(world, "annotator", "put", self.url, CHOSEN)
        assert send(world, "annotator", "put", self.url, body).status_code == 400
        assert world.client("annotator").get(self.url).json()["preset"] == "cvat"

    def test_what_an_older_version_stored_does_no_harm(self, world: World) -> None:
        User.objects.filter(username="annotator").update(editor={"preset": "gone"})
        assert preferences_of(User.objects.get(username="annotator"))["preset"] == "ours"


class TestStatus:
    def put(self, world: World, who: str, status: str) -> Any:
        return send(world, who, "put", reverse("frame_status", args=[world.frame.pk]), {"status": status})

    def test_it_records_who_said_so(self, world: World) -> None:
        assert self.put(world, "annotator", "complete").json() == {"status": "complete"}
        assert self.put(world, "annotator", "complete").status_code == 200
        assert self.put(world, "reviewer", "in_progress").status_code == 200
        told = StatusChange.objects.order_by("pk").values_list("before", "after", "user__username")
        assert list(told) == [
            ("to_annotate", "complete", "annotator"),
            ("complete", "in_progress", "reviewer"),
        ]

    @pytest.mark.parametrize(
        ("status", "is_blind", "answer"),
        [
            (None, False, 200),
            ("accepted", False, 409),
            ("proposed", False, 409),
            ("rejected", False, 200),
            ("proposed", True, 200),
        ],
    )
    def test_an_image_with_boxes_is_not_declared_empty(
        self, world: World, status: str | None, is_blind: bool, answer: int
    ) -> None:
        Frame.objects.filter(pk=world.frame.pk).update(is_blind=is_blind)
        if status is not None:
            add_box(world.frame, world.label, status=status)
        body = {"status": "complete", "is_empty": True}
        said = send(world, "annotator", "put", reverse("frame_status", args=[world.frame.pk]), body)
        assert said.status_code == answer
        assert Frame.objects.get(pk=world.frame.pk).status == (
            "complete" if answer == 200 else Frame.Status.TO_ANNOTATE
        )

    @pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("stranger", 404), ("anonymous", 401)])
    def test_w18_it_needs_the_role(self, world: World, who: str, status: int) -> None:
        assert self.put(world, who, "complete").status_code == status
        assert Frame.objects.get().status == "to_annotate"

    def test_it_refuses_an_unknown_status(self, world: World) -> None:
        assert self.put(world, "annotator", "done").status_code == 400

    def test_it_tells_open_screens_after_the_commit(
        self,
        world: World,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        told: list[int] = []
        monkeypatch.setattr("annotate.frames.announce", told.append)
        with django_capture_on_commit_callbacks(execute=True):
            self.put(world, "annotator", "complete")
            assert told == []
        assert told == [world.frame.pk]


def test_the_log_is_not_touched_by_any_of_this(world: World) -> None:
    say(world)
    send(world, "annotator", "put", reverse("frame_status", args=[world.frame.pk]), {"status": "complete"})
    assert not Operation.objects.exists()
