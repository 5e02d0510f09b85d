"""What somebody wants exported: checked once, for the page, the API and the command alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from msgspec import Struct

from ..models import Box, DatasetVersion, Frame, Label, Project, Source
from .catalogue import FORMATS, LOSSLESS

SPLITS = ("train", "val", "test")
KEPT_APART: Mapping[str, tuple[str, ...]] = {
    LOSSLESS: tuple(Box.Status.values),
    "label_studio": (Box.Status.PROPOSED.value, Box.Status.ACCEPTED.value),
}
"""Formats of an export that has more than the accepted boxes unless somebody chooses, and which. Not CSV: a script
that does not look at its column of statuses would take proposals for truth."""


class WishRefused(Exception):
    """Nothing was started. ``code`` is for programs, the text for the person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class ExportWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Empty: all. ``format``: a key of catalogue.FORMATS. ``statuses``: of frames. ``labels``, ``sources``: ids; with
    labels, frames that have none of them are left out. ``box_statuses``: empty takes what the format is for, see
    ``shown_statuses``. ``images``: whether the images come along. ``version``: number of a dataset version, to export
    as it was made; None exports what is there now."""

    format: str
    statuses: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()
    splits: tuple[str, ...] = ()
    sources: tuple[int, ...] = ()
    box_statuses: tuple[str, ...] = ()
    images: bool = True
    version: int | None = None

    @property
    def shown_statuses(self) -> tuple[str, ...]:
        """Of the boxes to export: all that the format keeps apart, else those that people stand for."""
        if self.box_statuses:
            return self.box_statuses
        return KEPT_APART.get(self.format, (Box.Status.ACCEPTED.value,))


def parse_export(project: Project, given: Mapping[str, Any]) -> ExportWish:
    """From JSON values. Raises WishRefused."""
    try:
        wish = msgspec.convert(given, ExportWish)
    except msgspec.ValidationError as error:
        raise WishRefused(
            "invalid", _("This cannot be exported: %(problem)s") % {"problem": error}
        ) from error
    return checked_export(project, wish)


def checked_export(project: Project, wish: ExportWish) -> ExportWish:
    """The wish, when everything it names exists. Raises WishRefused."""
    check_words(_("format"), [wish.format], list(FORMATS))
    check_words(_("status of images"), wish.statuses, Frame.Status.values)
    check_words(_("split"), wish.splits, SPLITS)
    check_words(_("status of boxes"), wish.box_statuses, Box.Status.values)
    check_version(project, wish)
    check_ids(_("label"), wish.labels, Label.objects.filter(project=project, pk__in=wish.labels).count())
    check_ids(_("source"), wish.sources, Source.objects.filter(project=project, pk__in=wish.sources).count())
    return wish


def check_version(project: Project, wish: ExportWish) -> None:
    """Raises WishRefused."""
    if wish.version is None:
        return
    if wish.labels or wish.sources:
        text = _(
            "Of a version all labels and sources are exported; choose by split or status. Nothing was started."
        )
        raise WishRefused("filters", text)
    if not DatasetVersion.objects.filter(project=project, number=wish.version).exists():
        raise WishRefused("unknown", _("There is no such version. Nothing was started."))


def check_words(name: str, given: Sequence[str], known: Sequence[str]) -> None:
    unknown = [word for word in given if word not in known]
    if unknown:
        text = _("%(name)s: %(word)s is not known. Known: %(known)s.")
        values = {"name": name, "word": unknown[0][:80], "known": ", ".join(known)}
        raise WishRefused("unknown", text % values)


def check_ids(name: str, given: Sequence[int], found: int) -> None:
    """``found``: how many of them are in the project."""
    if len(set(given)) != found:
        text = _("%(name)s: one of them is not in this project. Nothing was started.")
        raise WishRefused("unknown", text % {"name": name})
