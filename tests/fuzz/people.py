"""One project with people, labels and a frame, made in the test's own database for each example."""

from dataclasses import dataclass
from importlib import import_module
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from annotate.models import (
    Box,
    ClientCursor,
    Detection,
    DetectionFrame,
    Feedback,
    Frame,
    Label,
    Membership,
    ModelVersion,
    Operation,
    Project,
    Source,
    User,
)

WIDTH, HEIGHT = 200, 120
NAMES = ("ada", "bob", "eve")


@dataclass
class Site:
    frame_id: int
    project_id: int
    users: list[int]
    admin: int
    """Not a member: writes through the admin pages alone."""
    cookies: dict[int, str]
    labels: list[int]
    """Two active ones, and one that is not."""
    detection: str
    """Has looked at the frame, and can be rated."""

    def forget_edits(self) -> None:
        """The next example may make the same ids again."""
        Operation.objects.filter(frame=self.frame_id).delete()
        Box.objects.filter(frame=self.frame_id).delete()
        ClientCursor.objects.filter(frame=self.frame_id).delete()
        Feedback.objects.filter(frame=self.frame_id).delete()

    def set_role(self, user: int, role: str | None) -> None:
        """None takes the membership away."""
        if role is None:
            Membership.objects.filter(project_id=self.project_id, user_id=user).delete()
        else:
            Membership.objects.update_or_create(
                project_id=self.project_id, user_id=user, defaults={"role": role}
            )


def make_site() -> Site:
    mark = uuid4().hex[:8]
    users = [User.objects.create(username=f"{name}-{mark}", password=f"!{mark}") for name in NAMES]
    project = Project.objects.create(name=f"Fuzz {mark}")
    for user in users:
        Membership.objects.create(project=project, user=user, role="annotator")
    labels = [
        Label.objects.create(project=project, name=name, color=color, position=position, is_active=active)
        for position, (name, color, active) in enumerate(
            [("car", "#0072b2", True), ("boat", "#d55e00", True), ("old", "#999999", False)]
        )
    ]
    source = Source.objects.create(project=project, kind=Source.Kind.DEMO, name="fuzz")
    frame = Frame.objects.create(
        project=project, source=source, name="a.png", md5="0" * 32, original_md5=uuid4().hex,
        media_type="image/png", width=WIDTH, height=HEIGHT,
    )  # fmt: skip
    model = ModelVersion.objects.create(name=f"Fuzz {mark}", kind="onnx", sha256="0" * 64)
    detection = Detection.objects.create(
        project=project, model_version=model, trigger="api", scope="frame", confidence=0.25, iou=0.5, image_size=640
    )  # fmt: skip
    DetectionFrame.objects.create(detection=detection, frame=frame, revision=0)
    return Site(
        frame_id=frame.pk,
        project_id=project.pk,
        users=[user.pk for user in users],
        admin=User.objects.create(username=f"admin-{mark}", password=f"!{mark}").pk,
        cookies={user.pk: _session_of(user) for user in users},
        labels=[label.pk for label in labels],
        detection=str(detection.pk),
    )


def _session_of(user: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    key: str = session.session_key
    return key
