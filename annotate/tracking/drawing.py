"""What a run shows of a frame: annotations as JSON, the picture with its boxes. The same input makes the same bytes."""

import io
import json
from typing import Any
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from ..media import store
from ..models import Frame, Operation

LONGEST_SIDE_PX = 1280
LINE_PX = 3
FONT_PX = 14
QUALITY = 85

Labels = dict[str, list[str]]
"""Name and colour by id, as they were."""


def annotation_json(frame_id: int, revision: int, labels: Labels) -> bytes | None:
    """Edges in image pixels, origin top left."""
    frame = Frame.everything.filter(pk=frame_id).first()
    if frame is None:
        return None
    about = {
        "id": frame.pk,
        "name": frame.name,
        "width": frame.width,
        "height": frame.height,
        "md5": frame.md5,
    }
    return plain_json({"frame": about, "revision": revision, "boxes": boxes_at(frame_id, revision, labels)})


def annotated_image(frame_id: int, revision: int, labels: Labels) -> bytes | None:
    """JPEG, or None where the picture is not there or cannot be read."""
    return drawn(frame_id, boxes_at(frame_id, revision, labels))


def boxes_at(frame_id: int, revision: int, labels: Labels) -> list[dict[str, Any]]:
    """What people had accepted at that revision, by the log; sorted."""
    states: dict[UUID, dict[str, Any]] = {}
    log = Operation.objects.filter(frame=frame_id, revision__lte=revision, box__isnull=False)
    rows = log.order_by("revision")
    for box, kind, fields in rows.values_list("box", "kind", "fields"):
        if kind == "delete":
            states.pop(box, None)
        elif kind == "set":
            states[box] = {**states.get(box, {}), **fields}
        else:
            states[box] = fields
    kept = [(box, fields) for box, fields in states.items() if fields.get("status") == "accepted"]
    return [described(box, fields, labels) for box, fields in sorted(kept)]


def described(box: UUID, fields: dict[str, Any], labels: Labels) -> dict[str, Any]:
    name, color = labels.get(str(fields["label"]), ["?", "#808080"])
    return {
        "id": box.hex,
        "label": fields["label"],
        "name": name,
        "color": color,
        "source": fields.get("source", "human"),
        "attributes": fields.get("attributes", {}),
        **{edge: fields[edge] for edge in ("x1", "y1", "x2", "y2")},
    }


def drawn(frame_id: int, boxes: list[dict[str, Any]]) -> bytes | None:
    """The frame, made smaller if need be, with ``boxes`` (edges, name, color). None as for annotated_image."""
    frame = Frame.everything.filter(pk=frame_id).first()
    try:
        image = Image.open(io.BytesIO(store.read(frame.md5))).convert("RGB") if frame is not None else None
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        image = None
    if image is None or frame is None:
        return None
    image.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.BILINEAR)
    scale = image.width / frame.width, image.height / frame.height
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(FONT_PX)
    for box in boxes:
        draw_box(pen, box, scale, font)
    output = io.BytesIO()
    image.save(output, "JPEG", quality=QUALITY, subsampling=2, optimize=False, progressive=False)
    return output.getvalue()


def draw_box(pen: Any, box: dict[str, Any], scale: tuple[float, float], font: Any) -> None:
    """``scale``: shown pixels per image pixel, across and down."""
    across, down = scale
    left, top = box["x1"] * across, box["y1"] * down
    pen.rectangle([left, top, box["x2"] * across, box["y2"] * down], outline=box["color"], width=LINE_PX)
    if box["name"]:
        text = (
            box["name"].encode("latin-1", "replace").decode("latin-1")
        )  # what the font that comes with Pillow has
        pen.text((left + LINE_PX, max(0, top - FONT_PX - 2)), text, fill=box["color"], font=font)


def plain_json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1).encode()
