"""Fills the database of a measured server. Run inside the measured tree: ``python seed.py PEOPLE FRAMES``.

Prints as JSON who may sign in (session cookies, made without the login page) and which frames there are.
"""

import json
import sys
from importlib import import_module
from typing import Any
from uuid import uuid4

import django
from django.conf import settings

WIDTH, HEIGHT = 1920, 1080
BOXES = 50
CROWD = 2000
COLUMNS = 50


def people(count: int) -> list[Any]:
    from annotate.models import User

    users = [User(username=f"person{n}", first_name=f"Person {n}", password=f"!{n}") for n in range(count)]
    return list(User.objects.bulk_create(users))


def cookie_of(user: Any) -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    store["_auth_user_hash"] = user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def make_frame(project: Any, source: Any, index: int) -> int:
    from annotate.models import Frame

    frame = Frame.objects.create(
        project=project,
        source=source,
        index=index,
        name=f"frame-{index}.jpg",
        md5=uuid4().hex,
        original_md5=uuid4().hex,
        media_type="image/jpeg",
        width=WIDTH,
        height=HEIGHT,
    )
    return int(frame.pk)


def draw(frame_id: int, user_id: int, label_id: int, count: int) -> list[str]:
    """``count`` boxes on the frame, by the same door as everybody's."""
    from annotate.sync.operations import Command
    from annotate.sync.submit import Submission, submit

    client = uuid4()
    ids = [uuid4() for _ in range(count)]
    for start in range(0, count, 500):
        commands = [
            Command(number + 1, "create", ids[number], _fields(number, label_id), gesture="seed")
            for number in range(start, min(start + 500, count))
        ]
        submit(frame_id, [Submission(client, user_id, commands)])
    return [str(one) for one in ids]


def _fields(number: int, label_id: int) -> dict[str, Any]:
    left, top = number % COLUMNS * 36 + 2, number // COLUMNS % 40 * 26 + 2
    return {"x1": left, "y1": top, "x2": left + 30, "y2": top + 20, "label": label_id}


def fill(people_count: int, frame_count: int) -> dict[str, Any]:
    from annotate.models import Label, Membership, Project, Source

    project = Project.objects.create(name="Measured")
    users = people(people_count)
    Membership.objects.bulk_create(Membership(project=project, user=user, role="annotator") for user in users)
    label = Label.objects.create(project=project, name="car", color="#0072b2", key="1")
    source = Source.objects.create(project=project, kind="upload", name="first")
    counts = [BOXES] * frame_count + [CROWD]
    frames = [
        {"id": frame, "boxes": draw(frame, users[0].pk, label.pk, count)}
        for index, count in enumerate(counts)
        for frame in [make_frame(project, source, index)]
    ]
    return {"cookies": [cookie_of(user) for user in users], "frames": frames[:-1], "crowded": frames[-1]}


if __name__ == "__main__":
    sys.path.insert(0, ".")
    django.setup()
    print(json.dumps(fill(int(sys.argv[1]), int(sys.argv[2]))))
