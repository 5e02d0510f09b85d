"""What one person does in a visit, through the same doors as the product."""

import io
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.signals import user_logged_out
from PIL import Image

from annotate.jobs.detect import finish
from annotate.media import store
from annotate.models import Detection, Frame, ModelVersion, User
from annotate.signals import detection_asked
from tests.figures.factory import Lab
from tests.sync.world import HEIGHT, WIDTH, World


def add_picture(world: World) -> Frame:
    frame = world.frame()
    data = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), "#336699").save(data, "PNG")
    store.write_file(store.path_for(frame.md5), data.getvalue())
    return frame


@dataclass
class Visit:
    lab: Lab
    frame: Frame
    boxes: list[UUID] = field(default_factory=list)
    version: ModelVersion | None = None

    @property
    def person(self) -> User:
        return self.lab.world.people["annotator"]

    def detect(self, *, is_asked: bool = True, confidences: tuple[float, ...] = (0.9, 0.8, 0.7)) -> Detection:
        """As the editor's button does, with what jobs.detect sends."""
        self.version = self.version or self.lab.version()
        self.boxes = self.lab.detect(self.frame, self.version, confidences)
        detection = Detection.objects.select_related("model_version").latest("created_at")
        detection.frame_ids, detection.prompts = [self.frame.pk], ["car"]
        detection.created_by = self.person if is_asked else None
        detection.trigger = "editor" if is_asked else "api"
        detection.save()
        detection_asked.send(None, detection=detection)
        finish(detection)
        return detection

    def judge(self) -> None:
        """Accepts one, corrects one by a little, rejects one; 1.5 s each."""
        accepted, corrected, rejected = self.boxes
        self.lab.change(self.frame, accepted, status="accepted")
        self.lab.change(self.frame, corrected, x2=112.0)
        self.lab.change(self.frame, rejected, status="rejected")

    def draw(self) -> UUID:
        """7 s."""
        return self.lab.draw(self.frame)

    def complete(self) -> None:
        self.lab.complete(self.frame)

    def sign_out(self) -> None:
        user_logged_out.send(User, request=None, user=self.person)

    def whole(self) -> Detection:
        """Everything once, from the first request to signing out."""
        detection = self.detect()
        self.judge()
        self.draw()
        self.lab.rate(self.frame, "positive")
        self.complete()
        self.sign_out()
        return detection
