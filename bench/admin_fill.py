"""A big installation for the bench of the desk, written by the database itself: a million boxes in a minute."""

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone

from annotate.models import Detection, Label, ModelVersion, Project, Source, User

PER_FRAME = 20
PEOPLE = 5
LABELS = 20
SMALL_SHARE = 50
"""One frame in so many is of the small project."""

WORDS = {
    "sqlite": {
        "uuid": "lower(hex(randomblob(16)))",
        "json": "'{}'",
        "chance": "(abs(random()) % 1000000 / 1000000.0)",
        "numbers": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})",
        "hash": "substr(lower(hex(randomblob(16))), 1, 32)",
    },
    "postgresql": {
        "uuid": "gen_random_uuid()",
        "json": "'{}'::jsonb",
        "chance": "random()",
        "numbers": "WITH n(i) AS (SELECT generate_series(0, {last}))",
        "hash": "replace(gen_random_uuid()::text, '-', '')",
    },
}


def fill(boxes: int) -> tuple[Project, Project]:
    """A big and a small project; half of the boxes are of a model, and each was created by one operation."""
    people = [User(username=f"person{n}", password=make_password(None)) for n in range(PEOPLE)]
    User.objects.bulk_create(people)
    first_person = User.objects.get(username="person0").pk
    projects = [Project.objects.create(name=name) for name in ("Big", "Small")]
    labels = [
        Label.objects.create(project=projects[0], name=f"label {n}", color="#0072b2") for n in range(LABELS)
    ]
    source = Source.objects.create(project=projects[0], kind=Source.Kind.FOLDER, name="bench")
    version = ModelVersion.objects.create(name="bench", kind="onnx", sha256="0" * 64)
    detection = Detection.objects.create(
        project=projects[0], model_version=version, trigger="command", scope="project", confidence=0.2, iou=0.5,
        image_size=640,
    )  # fmt: skip
    words = {
        **WORDS[connection.vendor],
        "small_share": str(SMALL_SHARE),
        "labels": str(LABELS),
        "people": str(PEOPLE),
        "now": typed(f"{timezone.now():%Y-%m-%d %H:%M:%S+00:00}", "timestamptz"),
        "big": str(projects[0].pk),
        "small": str(projects[1].pk),
        "source": str(source.pk),
        "person": str(first_person),
        "label": str(labels[0].pk),
        "detection": typed(detection.pk.hex, "uuid"),
    }
    frames = boxes // PER_FRAME
    with connection.cursor() as cursor:
        for statement, last in ((FRAMES, frames), (BOXES, boxes), (OPERATIONS, 0), (PROPOSALS, 0)):
            numbers = words["numbers"].format(last=last - 1)
            cursor.execute(statement.format(**{**words, "numbers": numbers, "per_frame": PER_FRAME}))
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # as the server does by itself, a minute later
    return projects[0], projects[1]


def typed(value: str, kind: str) -> str:
    """PostgreSQL wants to know what a text stands for."""
    return f"'{value}'::{kind}" if connection.vendor == "postgresql" else f"'{value}'"


FRAMES = """
INSERT INTO annotate_frame (project_id, source_id, "index", name, md5, original_md5, media_type, width, height,
  status, revision, epoch, comments_revision, detections_revision, is_blind, is_gold, merged_from, created_at)
{numbers}
SELECT CASE WHEN i % {small_share} = 0 THEN {small} ELSE {big} END, {source}, i,
  'frame-' || i || '.jpg', {hash},
  {hash}, 'image/jpeg', 1280, 800,
  CASE WHEN i % 3 = 0 THEN 'complete' WHEN i % 7 = 0 THEN 'approved' ELSE 'to_annotate' END,
  {per_frame}, {uuid}, 0, 0, false, false, 0, {now}
FROM n
"""
BOXES = """
INSERT INTO annotate_box (id, frame_id, x1, y1, x2, y2, label_id, attributes, z, source, status, feedback, confidence,
  detection_id, versions, authored, created_by_id, created_revision)
{numbers}, placed AS MATERIALIZED (SELECT i, {chance} AS a, {chance} AS b, {chance} AS c, {chance} AS d FROM n)
SELECT {uuid}, f.first + i / {per_frame}, a * 1000, b * 600, a * 1000 + 20 + c * 200, b * 600 + 20 + d * 150,
  {label} + i % {labels}, {json}, 0, CASE WHEN i % 2 = 0 THEN 'model' ELSE 'human' END,
  CASE WHEN i % 2 = 1 OR c < 0.5 THEN 'accepted' WHEN c < 0.7 THEN 'rejected' ELSE 'proposed' END,
  CASE WHEN a < 0.002 THEN 'negative' ELSE '' END,
  CASE WHEN i % 2 = 0 THEN 0.2 + 0.8 * d ELSE NULL END,
  CASE WHEN i % 2 = 0 THEN {detection} ELSE NULL END, {json}, {json},
  CASE WHEN i % 2 = 1 THEN {person} + (i / {per_frame}) % {people} ELSE NULL END, 1 + i % {per_frame}
FROM placed, (SELECT min(id) AS first FROM annotate_frame) f
"""
OPERATIONS = """
INSERT INTO annotate_operation (frame_id, revision, client, counter, part, user_id, box_id, kind, origin, fields,
  before, authored_before, authored, overwrote, gesture, reverts, offline, created_at)
SELECT frame_id, created_revision, {uuid}, 1, 0, created_by_id, id, 'create', source, {json}, {json}, {json}, {json},
  {json}, 'fill', '', false, {now}
FROM (SELECT frame_id, created_revision, created_by_id, id,
        CASE WHEN source = 'model' THEN 'model' ELSE 'user' END AS source FROM annotate_box) b
"""
PROPOSALS = """
INSERT INTO annotate_proposal (box_id, detection_id, frame_id, label_id, class_name, confidence, x1, y1, x2, y2,
  outcome, feedback, reversals, by_machine)
SELECT id, detection_id, frame_id, label_id, 'thing', confidence, x1, y1, x2, y2,
  CASE status WHEN 'proposed' THEN 'open' ELSE status END, feedback, CASE WHEN feedback = '' THEN 0 ELSE 1 END, false
FROM annotate_box WHERE source = 'model'
"""
