"""The demo project: painted pictures, people and a beginning of the work. Repeating it changes nothing."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from ..accounts import UsernameTaken, make_account
from ..models import Frame, Label, Membership, Project, Source, User
from ..sync.operations import Command
from ..sync.submit import Submission, submit
from .paint import Edges
from .scenes import LIGHTS, PLACES, Scene, scenes

PROJECT_NAME = "Demo: street, park and harbour"
DESCRIPTION = "Painted pictures to try everything on. Draw a box around everybody and everything that moves."
LABELS = (
    ("car", "#e69f00"),
    ("bus", "#56b4e9"),
    ("person", "#009e73"),
    ("bicycle", "#f0e442"),
    ("boat", "#0072b2"),
    ("dog", "#d55e00"),
)
BEGUN = {"street-noon.jpg": None, "park-noon.jpg": None, "harbour-noon.jpg": 7, "street-overcast.jpg": 4}
"""Pictures that already carry boxes: how many, None for all."""
JPEG_QUALITY = 92
SCENES = len(PLACES) * len(LIGHTS)


AddImage = Callable[[Source, str, bytes], Frame]
"""Stores an image (source, name, JPEG file) and makes its frame."""


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    first_name: str
    role: Membership.Role


PEOPLE = (
    Person("maria", "Maria", Membership.Role.MANAGER),
    Person("ada", "Ada", Membership.Role.ANNOTATOR),
    Person("linus", "Linus", Membership.Role.ANNOTATOR),
)


def seed_demo(add_image: AddImage) -> dict[str, str]:
    """Makes what is missing of the demo. Returns the passwords of the accounts made now, by user name.

    Accounts are made together with the project and never again: whoever is missing later was deleted on purpose.
    """
    source = Source.objects.filter(kind=Source.Kind.DEMO).first()
    passwords = make_people() if source is None else {}
    source = source or make_project()
    present = set(source.frames.values_list("name", flat=True))
    if len(present) < SCENES:
        for scene in scenes():
            if scene.name not in present:
                begin(add_image(source, scene.name, jpeg_of(scene)), scene)
    return passwords


def begin(frame: Frame, scene: Scene) -> None:
    """The part of the work that is done already; a picture with all its boxes is complete."""
    if scene.name not in BEGUN:
        return
    draw_boxes(frame, scene.truth[: BEGUN[scene.name]])
    if BEGUN[scene.name] is None:
        Frame.objects.filter(pk=frame.pk).update(status=Frame.Status.COMPLETE)


def make_people() -> dict[str, str]:
    passwords = {}
    for person in PEOPLE:
        is_manager = person.role == Membership.Role.MANAGER
        try:
            passwords[person.username] = make_account(
                person.username,
                first_name=person.first_name,
                creates_projects=is_manager,
                sees_experiments=is_manager,
            )
        except UsernameTaken:
            continue
    return passwords


def make_project() -> Source:
    """The source of the demo, with its project, members and labels. There is one per installation."""
    with transaction.atomic():
        users = {
            user.username: user for user in User.objects.filter(username__in=[p.username for p in PEOPLE])
        }
        manager = users[PEOPLE[0].username]
        project = Project.objects.create(name=PROJECT_NAME, description=DESCRIPTION, created_by=manager)
        for person in PEOPLE:
            Membership.objects.create(project=project, user=users[person.username], role=person.role)
        for place, (name, color) in enumerate(LABELS, start=1):
            Label.objects.create(project=project, name=name, color=color, key=str(place), position=place)
        return Source.objects.create(project=project, kind=Source.Kind.DEMO, name="demo", created_by=manager)


def jpeg_of(scene: Scene) -> bytes:
    file = io.BytesIO()
    scene.image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def draw_boxes(frame: Frame, truth: Sequence[Edges]) -> None:
    """Boxes as Ada drew them. One client per frame and fixed ids: sent again, they are known and skipped."""
    labels = dict(frame.project.labels.values_list("name", "pk"))
    author = frame.project.memberships.filter(role=Membership.Role.ANNOTATOR).order_by("pk").first()
    if author is None:
        return
    client = demo_id(frame, "client")
    commands = [
        Command(
            counter=number,
            kind="create",
            box=demo_id(frame, f"box {number}"),
            fields={
                "x1": edges.x1,
                "y1": edges.y1,
                "x2": edges.x2,
                "y2": edges.y2,
                "label": labels[edges.label],
            },
            gesture=f"demo.{number}",
        )
        for number, edges in enumerate(truth, start=1)
        if edges.label in labels
    ]
    submit(frame.pk, [Submission(client, author.user_id, commands)])


def demo_id(frame: Frame, name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"hitl-demo:{frame.epoch}:{name}")
