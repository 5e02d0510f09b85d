"""Accept, reject, relabel and delete boxes: the engine of bulk edits (annotate.bulk) behind a page of preview."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..bulk.edit import AT_ONCE, MOST_BOXES, Action, BulkEdit, Preview, preview_of
from ..jobs.bulk import start_bulk
from ..jobs.bulk_start import BulkRefused
from ..models import Box, Frame, Job, Label, Project, User
from .actions import DeskAction, DeskRefused, Id, Shown, nonzero, table_of
from .pictures import MOST_BOXES as MOST_DRAWN
from .pictures import boxes_on, by_frame, marked, picture_of

PICTURES = 12
PICTURE_PX = 240
MOST_LABELS = 500
REASONS: dict[str, Promise] = {
    "gone": _("were deleted meanwhile"),
    "no_label": _("are in a project that has no active label of that name"),
}


class BoxAction(DeskAction):
    most = MOST_BOXES
    does: Action

    def edit(self, ids: Sequence[Id], values: dict[str, Any]) -> BulkEdit:
        return BulkEdit(self.does, list(ids), values.get("label", ""))  # type: ignore[arg-type]  # ids of boxes

    def heading(self, count: int, values: dict[str, Any]) -> str:
        raise NotImplementedError

    def consequences(self, preview: Preview, values: dict[str, Any]) -> list[str]:
        frames = len(preview.changing)
        text = ngettext(
            "It happens on %(count)d image, live on the screens of whoever has it open, and stands in its "
            "history under your name.",
            "It happens on %(count)d images, live on the screens of whoever has them open, and stands in their "
            "history under your name.",
            frames,
        )
        return [
            text % {"count": frames},
            gettext("Whatever somebody changes after this page was made stays as they leave it."),
            gettext("You can take all of it back afterwards."),
        ]

    def preview(self, ids: Sequence[Id], values: dict[str, Any]) -> Shown:
        preview = preview_of(self.edit(ids, values))
        left_out = [(REASONS[reason], number) for reason, number in preview.left_out.items()]
        return Shown(
            count=preview.boxes,
            title=self.heading(preview.boxes, values),
            consequences=self.consequences(preview, values),
            head=[gettext("Project"), gettext("Label"), gettext("Status")],
            counts=table_of(counts_of(preview)),
            left_out=nonzero([(_("are so already"), preview.unchanged), *left_out]),
            pictures=pictures_of(preview),
            digest=preview.digest,
        )

    def start(self, ids: Sequence[Id], values: dict[str, Any], user: User, digest: str) -> list[Job]:
        try:
            return [start_bulk(self.edit(ids, values), user, digest=digest)]
        except BulkRefused as refused:
            raise DeskRefused(str(refused)) from refused


def counts_of(preview: Preview) -> Counter[tuple[Any, ...]]:
    """By names of project, label and status."""
    projects = dict(Project.objects.filter(pk__in=preview.projects).values_list("pk", "name"))
    statuses = dict(Box.Status.choices)
    return Counter(
        (projects.get(one.project_id, ""), one.label, str(statuses[one.status]))
        for targets in preview.changing.values()
        for one in targets
    )


def pictures_of(preview: Preview) -> list[dict[str, Any]]:
    """Of the first frames: what changes is marked, the rest of their boxes is there for orientation."""
    chosen = dict(islice(preview.changing.items(), PICTURES))
    around = boxes_on(list(chosen))
    ids = [one.id for targets in chosen.values() for one in targets[:MOST_DRAWN]]
    changing = by_frame(marked(ids))
    cards = []
    for frame in Frame.objects.filter(pk__in=chosen).order_by("pk"):
        own = changing.get(frame.pk, [])
        known = {one.id for one in own}
        boxes = [one for one in around.get(frame.pk, []) if one.id not in known] + own
        cards.append(
            {
                "picture": picture_of(frame, boxes, side=PICTURE_PX),
                "name": frame.name,
                "count": len(chosen[frame.pk]),
            }
        )
    return cards


class Accept(BoxAction):
    name, does, permission = "accept", "accept", "annotate.curate_box"
    title, button = _("Accept boxes …"), _("Accept them")

    def heading(self, count: int, values: dict[str, Any]) -> str:
        return ngettext("Accept %(count)d box?", "Accept %(count)d boxes?", count) % {"count": count}


class Reject(BoxAction):
    name, does, permission = "reject", "reject", "annotate.curate_box"
    title, button = _("Reject boxes …"), _("Reject them")

    def heading(self, count: int, values: dict[str, Any]) -> str:
        return ngettext("Reject %(count)d box?", "Reject %(count)d boxes?", count) % {"count": count}

    def consequences(self, preview: Preview, values: dict[str, Any]) -> list[str]:
        kept = gettext("Rejected boxes are kept, and are in no export and no training.")
        return [kept, *super().consequences(preview, values)]


class Delete(BoxAction):
    name, does, permission = "delete", "delete", "annotate.delete_box"
    title, button = _("Delete boxes …"), _("Delete them")

    def heading(self, count: int, values: dict[str, Any]) -> str:
        return ngettext("Delete %(count)d box?", "Delete %(count)d boxes?", count) % {"count": count}

    def consequences(self, preview: Preview, values: dict[str, Any]) -> list[str]:
        kept = gettext("Their history stays; dataset versions that hold them stay as they are.")
        return [kept, *super().consequences(preview, values)]


class LabelForm(forms.Form):
    label = forms.ChoiceField(
        label=_("New label"), help_text=_("By name: each project has its own label of that name.")
    )

    def __init__(self, data: Any, names: Sequence[str]) -> None:
        super().__init__(data)
        choice = cast(forms.ChoiceField, self.fields["label"])
        choice.choices = [("", "–"), *((name, name) for name in names)]


class Relabel(BoxAction):
    name, does, permission = "relabel", "relabel", "annotate.curate_box"
    title, button = _("Give boxes another label …"), _("Change the label")

    def form(self, data: Any, ids: Sequence[Id]) -> forms.Form:
        boxes = Box.objects.filter(pk__in=[str(one) for one in ids[:AT_ONCE]]).order_by()
        projects = boxes.values("frame__project").distinct()
        names = Label.objects.filter(project__in=projects, is_active=True).order_by("name")
        return LabelForm(data, list(dict.fromkeys(names.values_list("name", flat=True)[:MOST_LABELS])))

    def heading(self, count: int, values: dict[str, Any]) -> str:
        text = ngettext("Make %(count)d box “%(label)s”?", "Make %(count)d boxes “%(label)s”?", count)
        return text % {"count": count, "label": values["label"]}


BOX_ACTIONS = (Accept(), Reject(), Relabel(), Delete())
