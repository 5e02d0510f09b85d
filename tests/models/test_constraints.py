"""What the database itself refuses, whoever writes: no form, no ``save``, no ``full_clean`` in between."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from annotate.models import (
    AnnotationSession,
    ApiToken,
    Assignment,
    Box,
    Claim,
    ClassMapping,
    ClientCursor,
    Comment,
    DatasetVersion,
    Detection,
    DetectionFrame,
    Feedback,
    Frame,
    IdempotentAnswer,
    Job,
    Label,
    Membership,
    ModelVersion,
    Operation,
    Project,
    Proposal,
    Review,
    TrackingEvent,
    TrackingRelay,
    TrackingRun,
    Training,
    User,
    Webhook,
    WebhookDelivery,
)
from tests.sync.replica import check_replay
from tests.sync.world import Author, World, accepted, add_frame, make_world

ME = "annotator"


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def author(world: World) -> Author:
    """Has drawn one box on a frame."""
    author = world.author(world.frame())
    author.draw()
    return author


def update(model: type[models.Model], **fields: Any) -> Callable[[World, Author], object]:
    return lambda world, author: model._default_manager.update(**fields)


def insert(make: Callable[[World, Author], models.Model]) -> Callable[[World, Author], object]:
    def break_it(world: World, author: Author) -> object:
        row = make(world, author)
        return type(row)._default_manager.bulk_create([row])

    return break_it


def operation(author: Author, **fields: Any) -> Operation:
    given = {
        "frame": author.frame,
        "revision": 9,
        "client": author.client,
        "counter": 9,
        "kind": "set",
        "box_id": author.boxes[0],
        "fields": {},
        "before": {},
        "gesture": "g",
        "created_at": timezone.now(),
    }
    return Operation(**{**given, **fields})


def known_answer(user: User) -> IdempotentAnswer:
    """A second row for a key that was used."""
    IdempotentAnswer.objects.create(user=user, key="k", digest="d")
    return IdempotentAnswer(user=user, key="k", digest="other")


def second_version(world: World) -> DatasetVersion:
    """A second row with its number."""
    given: dict[str, Any] = {"project": world.project, "number": 1, "created_at": timezone.now()}
    DatasetVersion.objects.create(git_commit="a" * 40, digest="d.dir", **given)
    return DatasetVersion(git_commit="b" * 40, digest="e.dir", **given)


def reply(author: Author, **fields: Any) -> Comment:
    first = Comment.objects.create(id=uuid4(), frame=author.frame, text="first")
    return Comment(id=uuid4(), frame=author.frame, text="a", parent=first, **fields)


def second_assignment(world: World, author: Author) -> Assignment:
    """The same work on the same frame, for somebody else."""
    Assignment.objects.create(frame=author.frame, user=world.people[ME])
    return Assignment(frame=author.frame, user=world.people["second"])


BREAKING: dict[str, list[Callable[[World, Author], object]]] = {
    "box_x1_below_x2": [update(Box, x1=110), update(Box, x1=200), update(Box, x2=5)],
    "box_y1_below_y2": [update(Box, y1=90), update(Box, y2=0)],
    "box_inside_reason": [
        update(Box, x1=-0.5),
        update(Box, y1=-1),
        update(Box, x2=1.1e6),
        update(Box, y2=float("inf")),
    ],
    "box_confidence_is_share": [update(Box, confidence=1.5), update(Box, confidence=-0.1)],
    "box_source_and_status_known": [
        update(Box, source="oracle"),
        update(Box, status="perhaps"),
        update(Box, feedback="meh"),
    ],
    "api_token_scope_known": [
        insert(
            lambda world, author: ApiToken(
                user=world.people[ME], prefix="p", digest="d", scope="root", expires_at=timezone.now()
            )
        )
    ],
    "idempotent_answer_once": [
        insert(lambda world, author: known_answer(world.people[ME])),
    ],
    "webhook_delivery_state_known": [
        insert(
            lambda world, author: WebhookDelivery(
                webhook=Webhook.objects.create(project=world.project, url="http://example.org/"),
                payload={},
                state="lost",
                due_at=timezone.now(),
            )
        )
    ],
    "operation_revision_unique": [insert(lambda world, author: operation(author, revision=1))],
    "operation_applied_once": [insert(lambda world, author: operation(author, counter=1, part=0))],
    "operation_revision_positive": [insert(lambda world, author: operation(author, revision=0))],
    "frame_original_once": [
        insert(
            lambda world, author: Frame(
                project=world.project,
                source=world.source,
                name="again",
                md5="0" * 32,
                original_md5=author.frame.original_md5,
                width=1,
                height=1,
            )
        )
    ],
    "operation_on_a_box_or_a_rating": [
        update(Operation, kind="rate"),
        update(Operation, box=None),
    ],
    "frame_has_size": [update(Frame, width=0), update(Frame, height=0)],
    "frame_revision_not_negative": [update(Frame, revision=-1)],
    "label_name_unique_in_project": [
        insert(lambda world, author: Label(project=world.project, name="CAR", color="#000000"))
    ],
    "label_key_unique_in_project": [update(Label, key="1")],
    "membership_unique": [
        insert(lambda world, author: Membership(project=world.project, user=world.people[ME], role="viewer"))
    ],
    "membership_role_known": [update(Membership, role="king")],
    "job_state_known": [insert(lambda world, author: Job(kind="ingest", state="asleep"))],
    "feedback_verdict_known": [
        insert(lambda world, author: Feedback(frame=author.frame, user=author.user, verdict="meh"))
    ],
    "comment_place_whole": [
        insert(lambda world, author: Comment(id=uuid4(), frame=author.frame, text="a", x=1)),
        insert(lambda world, author: Comment(id=uuid4(), frame=author.frame, text="a", x=-1, y=1)),
    ],
    "comment_one_pin": [
        insert(
            lambda world, author: Comment(
                id=uuid4(), frame=author.frame, text="a", x=1, y=1, box_id=author.boxes[0]
            )
        )
    ],
    "comment_dispute_has_place": [
        insert(lambda world, author: Comment(id=uuid4(), frame=author.frame, text="a", is_dispute=True)),
        insert(lambda world, author: reply(author, x=1, y=1, is_dispute=True)),
    ],
    "comment_says_something": [
        insert(lambda world, author: Comment(id=uuid4(), frame=author.frame, text=""))
    ],
}


def model_version(**fields: Any) -> ModelVersion:
    return ModelVersion(**{"name": "YOLO", "kind": "onnx", "sha256": "0" * 64, **fields})


def detection(world: World) -> Detection:
    version = model_version(number=7, project=world.project)
    version.save()
    given = {"trigger": "api", "scope": "frame", "confidence": 0.5, "iou": 0.5, "image_size": 640}
    return Detection.objects.create(project=world.project, model_version=version, **given)


def twice(make: Callable[[World, Author], models.Model]) -> Callable[[World, Author], object]:
    def break_it(world: World, author: Author) -> object:
        first = make(world, author)
        first.save()
        first.pk = None
        first._state.adding = True
        first.save()
        return first

    return break_it


def proposal(world: World, author: Author) -> Proposal:
    edges = {"x1": 1, "y1": 2, "x2": 3, "y2": 4}
    return Proposal(
        box_id=author.boxes[0],
        detection=detection(world),
        frame=author.frame,
        class_name="car",
        label_id=author.label,
        confidence=0.5,
        outcome="liked",
        **edges,
    )


def claim(world: World, author: Author) -> Claim:
    return Claim(frame=author.frame, user=author.user, strategy="in_order", expires_at=timezone.now())


BREAKING |= {
    "class_mapping_once_per_class": [
        twice(lambda world, author: ClassMapping(project=world.project, class_name="cat"))
    ],
    "model_version_number_in_project": [twice(lambda world, author: model_version(project=world.project))],
    "model_version_number_for_all": [twice(lambda world, author: model_version())],
    "detection_frame_once": [
        twice(
            lambda world, author: DetectionFrame(detection=detection(world), frame=author.frame, revision=1)
        )
    ],
    "proposal_outcome_known": [insert(proposal)],
    "claim_one_per_frame": [twice(claim)],
    "feedback_one_per_person": [
        twice(
            lambda world, author: Feedback(
                frame=author.frame, user=author.user, detection=detection(world), verdict="neutral"
            )
        )
    ],
}


def session(world: World, author: Author, **fields: Any) -> AnnotationSession:
    now = timezone.now()
    given = {"project": world.project, "user": author.user, "started_at": now, "last_at": now, **fields}
    return AnnotationSession(**given)


def run(world: World, **fields: Any) -> TrackingRun:
    return TrackingRun(id=uuid4(), kind="detection", project=world.project, opening={}, **fields)


def event(world: World, **fields: Any) -> TrackingEvent:
    given = {"project": world.project, "kind": "edits", "payload": {}, "at": timezone.now(), **fields}
    return TrackingEvent(**given)


def placed_twice(world: World, author: Author) -> object:
    place = run(world)
    place.save()
    return TrackingEvent.objects.bulk_create([event(world, run=place, seq=2), event(world, run=place, seq=2)])


def two_sessions(world: World, author: Author) -> object:
    return AnnotationSession.objects.bulk_create([session(world, author), session(world, author)])


BREAKING |= {
    "session_one_open": [two_sessions],
    "session_end_known": [
        insert(lambda world, author: session(world, author, end="idle")),
        insert(lambda world, author: session(world, author, ended_at=timezone.now())),
        insert(lambda world, author: session(world, author, ended_at=timezone.now(), end="bored")),
    ],
    "tracking_run_delivered": [
        insert(lambda world, author: run(world, delivered=1)),
        insert(lambda world, author: run(world, delivered=-1)),
    ],
    "tracking_event_place": [placed_twice],
    "tracking_event_placed_whole": [insert(lambda world, author: event(world, seq=2))],
    "tracking_relay_is_one": [insert(lambda world, author: TrackingRelay(id=2))],
}


def training(world: World, **fields: Any) -> Training:
    return Training(id=uuid4(), **{"project": world.project, "trigger": "button", **fields})


def two_trainings(world: World, author: Author) -> object:
    return Training.objects.bulk_create([training(world), training(world)])


BREAKING |= {
    "training_one_at_a_time": [two_trainings],
    "dataset_version_number_once": [insert(lambda world, author: second_version(world))],
    "project_review_known": [update(Project, review="twice")],
    "project_people_per_image": [
        update(Project, annotators_per_image=1),
        update(Project, annotators_per_image=6),
    ],
    "review_verdict_known": [
        insert(lambda world, author: Review(frame=author.frame, verdict="maybe", revision=1))
    ],
    "assignment_work_known": [
        insert(lambda world, author: Assignment(frame=author.frame, user=world.people[ME], work="sleep"))
    ],
    "assignment_one_per_frame_and_work": [insert(lambda world, author: second_assignment(world, author))],
    "training_outcome_known": [insert(lambda world, author: training(world, outcome="lost"))],
}
CASES = [(name, break_it) for name, cases in BREAKING.items() for break_it in cases]
CONSTRAINTS = {
    constraint.name: constraint
    for model in apps.get_app_config("annotate").get_models()
    for constraint in model._meta.constraints
}


def test_every_constraint_is_tried() -> None:
    assert set(BREAKING) == set(CONSTRAINTS)


@pytest.mark.parametrize(("name", "break_it"), CASES, ids=[name for name, _ in CASES])
def test_w12_i7_the_database_refuses(
    world: World, author: Author, name: str, break_it: Callable[[World, Author], object]
) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        break_it(world, author)
    is_check = isinstance(CONSTRAINTS[name], models.CheckConstraint)
    # SQLite names the columns of a broken uniqueness, not the constraint.
    expected = name if is_check or connection.vendor == "postgresql" else "UNIQUE constraint failed"
    assert expected in str(refusal.value)
    check_replay(author.frame)


def test_the_same_image_may_be_in_two_projects(world: World) -> None:
    frame = world.frame()
    other = make_world()
    add_frame(other.project, other.source, original_md5=frame.original_md5)


def test_labels_without_a_key_do_not_meet(world: World) -> None:
    assert Label.objects.filter(project=world.project, key="").count() > 1


@pytest.mark.parametrize(
    "column", ["frame_id", "label_id", "created_by_id"], ids=["frame", "label", "author"]
)
def test_a_box_points_to_what_exists(author: Author, column: str) -> None:
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            Box.objects.filter(pk=author.boxes[0]).update(**{column: 10**9})
            connection.check_constraints()
        transaction.set_rollback(True)


class TestLog:
    @pytest.mark.parametrize("write", ["save", "create"])
    def test_i8_an_operation_is_not_saved(self, author: Author, write: str) -> None:
        with pytest.raises(TypeError, match=r"sync\.submit"):
            if write == "save":
                operation(author).save()
            else:
                Operation.objects.create(frame=author.frame, revision=9)
        with pytest.raises(TypeError):
            Operation.objects.get(frame=author.frame).save(update_fields=["gesture"])
        check_replay(author.frame)

    def test_z9_a_deleted_user_leaves_boxes_and_log(self, world: World, author: Author) -> None:
        box = author.boxes[0]
        accepted(author.do("set", box, x1=30.0, gesture="move"))
        Project.objects.filter(pk=world.project.pk).update(created_by=author.user)
        author.user.delete()
        row = Box.objects.get(pk=box)
        assert (row.created_by, row.x1) == (None, 30.0)
        assert [(one.revision, one.user) for one in Operation.objects.filter(frame=author.frame)] == [
            (1, None),
            (2, None),
        ]
        assert not ClientCursor.objects.filter(client=author.client).exists()
        world.project.refresh_from_db()
        assert world.project.created_by is None
        second = world.author(author.frame, "second")
        accepted(second.do("set", box, x1=40.0))
        assert len(Operation.objects.filter(frame=author.frame)) == 3

    def test_z9_others_cannot_undo_what_a_deleted_user_did(self, world: World, author: Author) -> None:
        author.user.delete()
        second = world.author(author.frame, "second")
        assert getattr(second.do("undo"), "code", None) == "nothing"

    def test_deleting_a_frame_takes_its_boxes_log_and_cursors_along(self, author: Author) -> None:
        author.frame.delete()
        for model in (Box, Operation, ClientCursor):
            assert not model._default_manager.exists()

    def test_a_label_with_boxes_cannot_be_deleted(self, author: Author) -> None:
        accepted(author.do("delete", author.boxes[0]))
        with pytest.raises(ProtectedError):
            Label.objects.get(pk=author.label).delete()
        with transaction.atomic():
            with pytest.raises(IntegrityError):
                Label.objects.filter(pk=author.label)._raw_delete("default")  # as SQL would
                connection.check_constraints()
            transaction.set_rollback(True)
