"""What people are told of the formats of data sets (formats.catalogue): what each is for, what it loses."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .formats.catalogue import FORMATS, Format

__all__ = ["FORMATS", "LOSSLESS", "PURPOSES", "Format"]

LOSSLESS = "hitl"

PURPOSES: dict[str, Promise] = {
    "hitl": _(
        "Everything: boxes with their authors, proposals and verdicts, statuses, splits. For a copy or a move to "
        "another project."
    ),
    "yolo": _(
        "data.yaml, a text file for each image, splits: Ultralytics trains with it. No scores, authors or statuses."
    ),
    "coco": _("One JSON file for each split, with scores and attributes. No authors, no statuses."),
    "voc": _("One XML file for each image, with splits. Edges become whole pixels; no scores, no authors."),
    "cvat": _(
        "One XML file as CVAT writes it, with attributes and the colours of labels. No verdicts, no statuses."
    ),
    "cvat_video": _(
        "One XML file of tracks: which box is the same object from image to image. For one video."
    ),
    "label_studio": _(
        "One JSON file of tasks: accepted boxes as annotations, open proposals as predictions with scores. No statuses."
    ),
    "mot": _("A gt.txt for each sequence of images, with tracks and scores. No colours, no statuses."),
    "csv": _(
        "One table with a row for each box, for spreadsheets and scripts. Images without boxes have a row too."
    ),
}
