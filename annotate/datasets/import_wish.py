"""What somebody wants done with a data set that was checked: parsed once, for the page, the API and the command."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from django.utils.translation import gettext as _
from msgspec import Struct

from ..models import Frame, Label, Project
from .checking import CheckReport
from .export_wish import WishRefused

CONSENSUS = Project.ReviewMode.CONSENSUS
LABEL_CHARACTERS = 80

Target: TypeAlias = int | Literal["new", "leave_out"]
"""Of a label of the file: the id of a label of the project, a new label of that name, or none: left out."""


class ImportWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``labels``: by name in the file; one that is not named goes to the label of its name, or becomes a new one.

    ``take``: "boxes" as the file has them, or "proposals" that people decide on. ``existing``: what happens on frames
    that have boxes: "add" what is not there yet, "skip" such frames, or "replace" what is there by what the file has.
    ``status``: "file" takes the status that the file gives, otherwise the status that all its frames get.
    ``leave_out_missing``: frames that are neither in the project nor in the file are left out; otherwise nothing is
    imported when there are any.
    """

    labels: dict[str, Target] = {}
    take: Literal["boxes", "proposals"] = "boxes"
    existing: Literal["add", "skip", "replace"] = "add"
    status: str = "file"
    leave_out_missing: bool = False


def parse_import(project: Project | None, report: CheckReport, given: Mapping[str, Any]) -> ImportWish:
    """From JSON values. Raises WishRefused."""
    try:
        wish = msgspec.convert(given, ImportWish)
    except msgspec.ValidationError as error:
        raise WishRefused(
            "invalid", _("This cannot be imported: %(problem)s") % {"problem": error}
        ) from error
    check_import(project, report, wish)
    return wish


def check_import(project: Project | None, report: CheckReport, wish: ImportWish) -> None:
    """Raises WishRefused for what the file as checked, or the project as it is, does not allow."""
    if report["errors"]:
        raise WishRefused(
            "errors", _("The file has errors, so none of it is imported. Correct it, then send it again.")
        )
    if report["missing"] and not wish.leave_out_missing:
        text = _(
            "%(count)s images are neither in the project nor in the file. Add them first, or leave them out."
        )
        raise WishRefused("missing", text % {"count": report["missing"]})
    if not report["frames"] - report["missing"]:
        raise WishRefused("nothing", _("The file has no image of this project, and brings none along."))
    if wish.status not in ("file", *Frame.Status.values):
        raise WishRefused("unknown", _("There is no such status. Nothing was changed."))
    if wish.status == Frame.Status.APPROVED and project is not None and project.review == CONSENSUS:
        text = _(
            "In this project an image is approved by a reviewer, after several people have labelled it. Choose another "
            "status."
        )
        raise WishRefused("approved", text)
    known = {label["name"] for label in report["labels"]}
    if unknown := sorted(wish.labels.keys() - known):
        text = _("The file has no label “%(name)s”. It has: %(known)s.")
        raise WishRefused("unknown", text % {"name": unknown[0][:80], "known": ", ".join(sorted(known)[:20])})
    wanted = {target for target in wish.labels.values() if isinstance(target, int)}
    if project is None and wanted:
        raise WishRefused("unknown", _("A new project has no labels to choose yet."))
    if Label.objects.filter(project=project, pk__in=wanted).count() != len(wanted):
        raise WishRefused("unknown", _("A chosen label is not in this project. Nothing was changed."))
