"""A site where a model has looked at the images: the same five finds on each. The model is a real ONNX file that finds
them again, and a worker can be started to let it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.editor_site import HEIGHT, JUDGED_FRAME, WIDTH, EditorSite
from tests.browser.pages_site import BASE

SIZE = 640
"""Pixels of the side of what the model sees; a picture lies in its middle."""
CLASSES = ("car", "bus", "person", "boat", "kite")
FINDS: list[tuple[str, float, tuple[float, float, float, float]]] = [
    ("car", 0.95, (100, 100, 300, 240)),
    ("bus", 0.48, (400, 100, 640, 260)),
    ("person", 0.3, (700, 100, 760, 260)),
    ("boat", 0.62, (860, 300, 1100, 420)),
    ("car", 0.7, (120, 400, 330, 540)),
]
"""Class, confidence, edges in image pixels. In the order of doubt: bus, boat, person, the second car, the first."""
UNSEEN_FRAMES = 4
"""The last frames before JUDGED_FRAME, at which no model has looked yet."""
FIRST_UNSEEN = JUDGED_FRAME - UNSEEN_FRAMES

FILL = """
import django
django.setup()
import hashlib
import os
from pathlib import Path
from annotate.detection.mapping import mapping_for
from annotate.detection.plan import Candidate
from annotate.detection.propose import propose
from annotate.detection.request import Wish, detection_for
from annotate.detection.versions import path_of, register
from annotate.geometry import Edges
from annotate.models import Membership, Project, User
from tests.ai.models import constant, dense
from tests.browser.audit_site import CLASSES, FINDS, FIRST_UNSEEN, SIZE, model_row
from tests.browser.pages_site import PASSWORD
project = Project.objects.get()
rita = User.objects.create_user("rita", password=PASSWORD, first_name="Rita")
Membership.objects.create(project=project, user=rita, role="reviewer")
file = Path(os.environ["HITL_DATA_DIR"]) / "finder.onnx"
constant(file, dense([model_row(*find) for find in FINDS]), names=CLASSES, size=(SIZE, SIZE))
version = register(name="Finder", suffix="onnx", sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
                   classes=list(CLASSES), image_size=SIZE)
path_of(version).parent.mkdir(parents=True, exist_ok=True)
path_of(version).write_bytes(file.read_bytes())
labels = mapping_for(project, CLASSES)
candidates = [Candidate(Edges(*edges), name, confidence) for name, confidence, edges in FINDS]
detection = detection_for(project, Wish(None), user=None, trigger="command")
detection.save(force_insert=True)
for frame in range(1, FIRST_UNSEEN):
    propose(detection, frame, candidates, labels=labels, dropped={}, timings={})
"""


def model_row(name: str, confidence: float, edges: tuple[float, float, float, float]) -> list[float]:
    """What the model puts out for a find: centre x, centre y, width, height, a score per class."""
    scale = SIZE / WIDTH
    pad = (SIZE - HEIGHT * scale) / 2
    x1, y1, x2, y2 = (edge * scale for edge in edges)
    scores = [confidence if one == name else 0.0 for one in CLASSES]
    return [(x1 + x2) / 2, (y1 + y2) / 2 + pad, x2 - x1, y2 - y1, *scores]


class AuditSite(EditorSite):
    def prepare(self) -> None:
        super().prepare()
        subprocess.run([sys.executable, "-c", FILL], cwd=BASE, env=self.environment, check=True)

    @contextmanager
    def worker(self) -> Iterator[None]:
        command = [sys.executable, "manage.py", "worker"]
        with (self.data / "worker.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=BASE, env=self.environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)

    @contextmanager
    def without_model(self) -> Iterator[None]:
        """Its file has gone, as from a disk that was cleared."""
        models, away = self.data / "models", self.data / "away"
        models.rename(away)
        try:
            yield
        finally:
            away.rename(models)

    def verdicts(self, frame: int) -> list[tuple[str, str, str]]:
        """Label, outcome and feedback of every proposal, the most doubtful first."""
        return self.rows(
            "SELECT l.name, p.outcome, p.feedback FROM annotate_proposal p JOIN annotate_label l ON l.id = p.label_id"
            " WHERE p.frame_id = ? ORDER BY round(abs(p.confidence - 0.5), 4), p.y1, p.x1",
            frame,
        )


@contextmanager
def running_audit(data: Path) -> Iterator[AuditSite]:
    site = AuditSite(data)
    site.prepare()
    try:
        site.start()
        yield site
    finally:
        site.kill()
