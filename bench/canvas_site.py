"""A site with crowded images, for bench/canvas.py: the real server, the real editor, nobody else."""

import random
import subprocess
import sys
from typing import Any

from bench.stage import ROOT
from tests.browser.editor_site import EditorSite
from tests.browser.pages_site import PASSWORD

WIDTH, HEIGHT = 1920, 1080
MARGIN = 60
"""Free of boxes, so that a drag there begins a marquee."""
EMPTY, OPENED, WALK = 1, 2, 8
"""Frames: nothing on it; 2,000 boxes; the first of those that are walked through."""
SIZES = {2: 2000, 3: 1000, 4: 10_000, 5: 5000}
FRAME_OF = {count: frame for frame, count in SIZES.items()}
PROPOSALS = {6: 1000, 7: 10_000}
AUDITED_FRAME_OF = {count: frame for frame, count in PROPOSALS.items()}
"""Frames whose boxes are proposals of a model."""
WALKED, WALKED_BOXES = 100, 50


class CanvasSite(EditorSite):
    def prepare(self) -> None:
        for arguments in (["manage.py", "migrate", "-v0"], ["-m", "bench.canvas_site"]):
            subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment, check=True)


def edges(number: int) -> dict[str, float]:
    """The same boxes every time: of many sizes, lying over one another as in a crowd."""
    dice = random.Random(number)
    width, height = dice.uniform(8, 60), dice.uniform(8, 48)
    left, top = dice.uniform(MARGIN, WIDTH - 10 - width), dice.uniform(MARGIN, HEIGHT - 10 - height)
    return {
        "x1": round(left, 1),
        "y1": round(top, 1),
        "x2": round(left + width, 1),
        "y2": round(top + height, 1),
    }


def proposal(number: int) -> dict[str, Any]:
    return {"source": "model", "confidence": round(random.Random(number).uniform(0.25, 0.99), 3)}


def fill() -> None:
    """Runs in the environment of the site."""
    import io
    from uuid import UUID, uuid5

    import django

    django.setup()
    from PIL import Image, ImageDraw

    from annotate.media import thumbnails
    from annotate.media.ingest import AddedFrame, add_image
    from annotate.models import Label, Membership, Project, Source, User
    from annotate.sync.operations import Command
    from annotate.sync.submit import Submission, submit

    name_space = UUID(int=1)
    project = Project.objects.create(name="Measured")
    for username in ("ada", "maria"):
        user = User.objects.create_user(username, password=PASSWORD, first_name=username.capitalize())
        Membership.objects.create(project=project, user=user, role="annotator")
    maria = user.pk  # the boxes are hers: an undo of whoever measures cannot take them away
    names = [("car", "#e69f00"), ("bus", "#56b4e9"), ("person", "#009e73"), ("boat", "#0072b2")]
    labels = [
        Label.objects.create(project=project, name=name, color=color, key=str(place), position=place)
        for place, (name, color) in enumerate(names, start=1)
    ]
    source = Source.objects.create(project=project, kind="upload", name="first")
    for index in range(WALK + WALKED - 1):
        file = io.BytesIO()
        picture = Image.new("RGB", (WIDTH, HEIGHT), (118, 128, 136))
        ImageDraw.Draw(picture).rectangle((0, 700, 200 + 16 * index, HEIGHT), (96, 94, 92))
        picture.save(file, "JPEG", quality=60)
        added = add_image(project, source, f"street-{index + 1:03d}.jpg", file.getvalue())
        assert isinstance(added, AddedFrame), added
        frame = added.frame
        thumbnails.make(frame.md5)
        is_proposed = index + 1 in PROPOSALS
        count = {**SIZES, **PROPOSALS}.get(index + 1, 0 if index + 1 < WALK else WALKED_BOXES)
        status = {"status": "proposed"} if is_proposed else {}
        commands = [
            Command(
                number + 1,
                "create",
                uuid5(name_space, f"{index} {number}"),
                {**edges(number), "label": labels[number % len(labels)].pk, **status},
                gesture="seed",
                **(proposal(number) if is_proposed else {}),
            )
            for number in range(count)
        ]
        for start in range(0, count, 500):
            client, some = uuid5(name_space, str(index)), commands[start : start + 500]
            author = (
                Submission(client, None, some, "model") if is_proposed else Submission(client, maria, some)
            )
            submit(frame.pk, [author])


if __name__ == "__main__":
    fill()
