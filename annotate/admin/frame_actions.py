"""Actions on frames: their status, sending back with a reason, whom they are given to, another detection, setting aside
and what goes with it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget, AutocompleteSelect
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..actions import changes
from ..bulk.edit import chunked
from ..comments import clean
from ..detection.request import DetectionRefused, Wish
from ..detection.versions import default_for, usable_for
from ..jobs.bulk_frames import MOST_FRAMES, FrameEdit, Preview, preview_of, start_frames
from ..jobs.bulk_start import BulkRefused
from ..jobs.detect import start_detection
from ..models import Assignment, Box, Detection, Frame, Job, Project, User
from ..models.comment import MAX_CHARACTERS
from .actions import DeskAction, DeskRefused, Id, Shown, nonzero, table_of
from .pictures import boxes_on, picture_of

PICTURES = 12
PICTURE_PX = 240
MOST_PROJECTS = 20
"""Detections at once: each project has one of its own."""
REASONS: dict[str, Promise] = {
    "gone": _("were deleted meanwhile"),
    "no_member": _("are in a project in which this person may not do this"),
    "not_aside": _("were not set aside first"),
}


class FrameAction(DeskAction):
    most = MOST_FRAMES

    def edit(self, ids: Sequence[Id], values: dict[str, Any]) -> FrameEdit:
        raise NotImplementedError

    def heading(self, count: int, values: dict[str, Any]) -> str:
        raise NotImplementedError

    def consequences(self, values: dict[str, Any]) -> list[str]:
        return [
            gettext("Whoever has one of them open sees it at once."),
            gettext("What somebody changes after this page was made stays as they leave it."),
            gettext("You can take all of it back afterwards."),
        ]

    def preview(self, ids: Sequence[Id], values: dict[str, Any]) -> Shown:
        preview = preview_of(self.edit(ids, values))
        left_out = [(REASONS[reason], number) for reason, number in preview.left_out.items()]
        return Shown(
            count=len(preview.changing),
            title=self.heading(len(preview.changing), values),
            consequences=self.consequences(values),
            head=[gettext("Project"), gettext("Status")],
            counts=table_of(counts_of(preview)),
            left_out=nonzero([(_("are so already"), preview.unchanged), *left_out]),
            pictures=pictures_of(list(preview.changing)),
            digest=preview.digest,
        )

    def start(self, ids: Sequence[Id], values: dict[str, Any], user: User, digest: str) -> list[Job]:
        try:
            return [start_frames(self.edit(ids, values), user, digest=digest)]
        except BulkRefused as refused:
            raise DeskRefused(str(refused)) from refused


def counts_of(preview: Preview) -> Counter[tuple[Any, ...]]:
    projects = dict(Project.objects.filter(pk__in=set(preview.projects.values())).values_list("pk", "name"))
    statuses = dict(Frame.Status.choices)
    return Counter(
        (projects.get(project, ""), str(statuses[preview.statuses[frame]]))
        for frame, project in preview.projects.items()
    )


def pictures_of(frames: Sequence[int]) -> list[dict[str, Any]]:
    shown = list(frames)[:PICTURES]
    boxes = boxes_on(shown)
    return [
        {"picture": picture_of(frame, boxes.get(frame.pk, []), side=PICTURE_PX), "name": frame.name}
        for frame in Frame.everything.filter(pk__in=shown).order_by("pk")
    ]


class StatusForm(forms.Form):
    status = forms.ChoiceField(
        label=_("New status"),
        choices=[
            (each.value, each.label)
            for each in (Frame.Status.TO_ANNOTATE, Frame.Status.IN_PROGRESS, Frame.Status.COMPLETE)
        ],
        help_text=_("Approving is for reviewers, on the image itself."),
    )


class SetStatus(FrameAction):
    name, permission = "set_status", "annotate.change_frame"
    title, button = _("Change the status of images …"), _("Change the status")

    def form(self, data: Any, ids: Sequence[Id]) -> forms.Form:
        return StatusForm(data)

    def edit(self, ids: Sequence[Id], values: dict[str, Any]) -> FrameEdit:
        return FrameEdit("status", list(ids), status=values["status"])  # type: ignore[arg-type]  # ids of frames

    def heading(self, count: int, values: dict[str, Any]) -> str:
        text = ngettext(
            "Set %(count)d image to “%(status)s”?", "Set %(count)d images to “%(status)s”?", count
        )
        return text % {"count": count, "status": Frame.Status(values["status"]).label}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("What is to be changed"),
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("It becomes a comment on each image, under your name."),
    )

    def clean_reason(self) -> str:
        return clean(self.cleaned_data["reason"])


class SendBack(FrameAction):
    name, permission = "send_back", "annotate.send_back_frame"
    title, button = _("Send images back to annotation …"), _("Send them back")

    def form(self, data: Any, ids: Sequence[Id]) -> forms.Form:
        return ReasonForm(data)

    def edit(self, ids: Sequence[Id], values: dict[str, Any]) -> FrameEdit:
        return changes.sending_back(ids, values["reason"])  # type: ignore[arg-type]  # ids of frames

    def heading(self, count: int, values: dict[str, Any]) -> str:
        text = ngettext("Send %(count)d image back?", "Send %(count)d images back?", count)
        return text % {"count": count}

    def consequences(self, values: dict[str, Any]) -> list[str]:
        first = gettext("They are returned: the queue gives them out first, to who completed them.")
        return [first, *super().consequences(values)]


class AssignForm(forms.Form):
    user = forms.ModelChoiceField(
        label=_("Person"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        widget=AutocompleteSelect(Assignment._meta.get_field("user"), admin.site),
        help_text=_("Empty: takes the assignment away."),
    )
    work = forms.ChoiceField(label=_("Work"), choices=Assignment.Work.choices)
    due_on = forms.DateField(label=_("Due"), required=False, widget=AdminDateWidget())


class Assign(FrameAction):
    name, permission = "assign", "annotate.assign_frame"
    title, button = _("Assign images to somebody …"), _("Assign them")

    def form(self, data: Any, ids: Sequence[Id]) -> forms.Form:
        return AssignForm(data)

    def edit(self, ids: Sequence[Id], values: dict[str, Any]) -> FrameEdit:
        user: User | None = values["user"]
        return changes.giving(ids, user.pk if user else None, values["work"], values["due_on"])  # type: ignore[arg-type]

    def heading(self, count: int, values: dict[str, Any]) -> str:
        if values["user"] is None:
            text = ngettext(
                "Take the assignment of %(count)d image away?",
                "Take the assignments of %(count)d images away?",
                count,
            )
            return text % {"count": count}
        text = ngettext("Assign %(count)d image to %(who)s?", "Assign %(count)d images to %(who)s?", count)
        return text % {"count": count, "who": values["user"].display_name}

    def consequences(self, values: dict[str, Any]) -> list[str]:
        return [
            gettext("Their queue gives them these images first. Others may still open them."),
            gettext("You can take all of it back afterwards."),
        ]


class Detect(DeskAction):
    """A detection for each project: the same one that the editor's button starts."""

    name, permission, most = "detect", "annotate.detect_frame", MOST_FRAMES
    title, button = _("Detect again on images …"), _("Detect")

    def by_project(self, ids: Sequence[Id]) -> dict[Project, list[int]]:
        found: dict[int, list[int]] = {}
        for some in chunked(list(ids)):
            for frame, project in Frame.objects.filter(pk__in=[int(one) for one in some]).values_list(
                "pk", "project_id"
            ):
                found.setdefault(project, []).append(frame)
        projects = Project.objects.filter(pk__in=found).select_related("model_version").order_by("name", "pk")
        return {project: sorted(found[project.pk]) for project in projects}

    def preview(self, ids: Sequence[Id], values: dict[str, Any]) -> Shown:
        chosen = self.by_project(ids)
        models = {
            project: default_for(project, usable_for(project)) for project in list(chosen)[:MOST_PROJECTS]
        }
        ready = {project: frames for project, frames in chosen.items() if models.get(project)}
        count = sum(map(len, ready.values()))
        text = ngettext("Detect on %(count)d image?", "Detect on %(count)d images?", count)
        rows: list[tuple[Any, ...]] = [(one.name, str(models[one]), len(ready[one])) for one in ready]
        left_out = sum(map(len, chosen.values())) - count
        return Shown(
            count=count,
            title=text % {"count": count},
            consequences=[
                gettext(
                    "Proposals that nobody has touched are replaced; whatever people drew or decided stays."
                ),
                gettext("Open screens show the proposals as they are made. It can be stopped at any time."),
                gettext(
                    "You can take all of it back afterwards: proposals that nobody has judged by then go, those that "
                    "they replaced come back."
                ),
            ],
            head=[gettext("Project"), gettext("Model")],
            counts=rows,
            left_out=nonzero([(_("are in a project without a model, or in too many projects"), left_out)]),
            pictures=pictures_of([frame for frames in ready.values() for frame in frames]),
        )

    def start(self, ids: Sequence[Id], values: dict[str, Any], user: User, digest: str) -> list[Job]:
        jobs, refusals = [], []
        for project, frames in list(self.by_project(ids).items())[:MOST_PROJECTS]:
            try:
                detection = start_detection(
                    project, Wish(tuple(frames)), user=user, trigger=Detection.Trigger.EDITOR
                )
            except DetectionRefused as refused:
                refusals.append(f"{project.name}: {refused}")
            else:
                jobs += [detection.job] if detection.job else []
        if not jobs:
            raise DeskRefused(" ".join(refusals) or gettext("There is nothing to change."))
        return jobs


class PlaceAction(FrameAction):
    """Of where images are. Its name is what jobs.bulk_frames calls it."""

    name: ClassVar[Literal["set_aside", "put_back", "erase"]]

    def edit(self, ids: Sequence[Id], values: dict[str, Any]) -> FrameEdit:
        return FrameEdit(self.name, list(ids))  # type: ignore[arg-type]  # ids of frames


class SetAside(PlaceAction):
    name, permission = "set_aside", "annotate.set_aside_frame"
    title, button = _("Set images aside …"), _("Set them aside")

    def heading(self, count: int, values: dict[str, Any]) -> str:
        return ngettext("Set %(count)d image aside?", "Set %(count)d images aside?", count) % {"count": count}

    def consequences(self, values: dict[str, Any]) -> list[str]:
        return [
            gettext("They are in no list, queue, export, training or dataset version from now on."),
            gettext("All boxes, comments and their history stay. Older dataset versions stay as they are."),
            gettext("Whoever has one of them open is told that it is gone."),
            gettext("You can take all of it back afterwards, and put images back at any time."),
        ]


class SetSourceAside(SetAside):
    """All images of some sources."""

    most = 1000
    title = _("Set the images of these sources aside …")

    def edit(self, ids: Sequence[Id], values: dict[str, Any]) -> FrameEdit:
        sources: list[int] = list(ids)  # type: ignore[arg-type]  # ids of sources
        frames = Frame.objects.filter(source__in=sources).order_by("pk")
        return FrameEdit("set_aside", list(frames.values_list("pk", flat=True)[: MOST_FRAMES + 1]))


class PutBack(PlaceAction):
    name, permission = "put_back", "annotate.set_aside_frame"
    title, button = _("Put images back that were set aside …"), _("Put them back")

    def heading(self, count: int, values: dict[str, Any]) -> str:
        return ngettext("Put %(count)d image back?", "Put %(count)d images back?", count) % {"count": count}

    def consequences(self, values: dict[str, Any]) -> list[str]:
        return [
            gettext("They are as they were before they were set aside."),
            gettext("You can take all of it back afterwards."),
        ]


class EraseForm(forms.Form):
    """The number is typed, so that nobody does it by the way."""

    number = forms.IntegerField(label=_("How many images"))

    def __init__(self, data: Any, count: int) -> None:
        super().__init__(data)
        self.count = count
        text = gettext("They and all that was drawn on them are gone for ever. Type %(count)s to go on.")
        self.fields["number"].help_text = text % {"count": count}

    def clean_number(self) -> int:
        if self.cleaned_data["number"] != self.count:
            raise forms.ValidationError(gettext("This is not the number of chosen images."))
        return self.count


class Erase(PlaceAction):
    name, permission, most, is_final = "erase", "annotate.delete_frame", 1000, True
    title, button = _("Delete images for ever that were set aside …"), _("Delete them for ever")

    def form(self, data: Any, ids: Sequence[Id]) -> forms.Form:
        return EraseForm(data, len(ids))

    def heading(self, count: int, values: dict[str, Any]) -> str:
        text = ngettext("Delete %(count)d image for ever?", "Delete %(count)d images for ever?", count)
        return text % {"count": count}

    def preview(self, ids: Sequence[Id], values: dict[str, Any]) -> Shown:
        shown = super().preview(ids, values)
        going = list(preview_of(self.edit(ids, values)).changing)
        boxes = sum(Box.objects.filter(frame__in=some).count() for some in chunked(going))
        text = ngettext("%(count)d box goes with them.", "%(count)d boxes go with them.", boxes)
        shown.consequences.insert(0, text % {"count": boxes})
        return shown

    def consequences(self, values: dict[str, Any]) -> list[str]:
        return [
            gettext("Their history, comments and reviews go too. Nothing brings them back."),
            gettext("Files that a dataset version or another project needs stay."),
        ]


FRAME_ACTIONS = (SetStatus(), SendBack(), Assign(), Detect(), SetAside(), PutBack(), Erase())
SOURCE_ACTIONS = (SetSourceAside(),)
