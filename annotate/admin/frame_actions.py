"""Actions on frames: their status, sending back with a reason, whom they are given to, and another detection."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget, AutocompleteSelect
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..bulk.edit import chunked
from ..comments import clean
from ..detection.request import DetectionRefused, Wish
from ..detection.versions import default_for, usable_for
from ..jobs.bulk_frames import MOST_FRAMES, FrameEdit, FramesRefused, Preview, preview_of, start_frames
from ..jobs.detect import start_detection
from ..models import Assignment, Detection, Frame, Job, Project, User
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
        except FramesRefused as refused:
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
        for frame in Frame.objects.filter(pk__in=shown).order_by("pk")
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
        frames: list[int] = list(ids)  # type: ignore[arg-type]  # ids of frames
        return FrameEdit("status", frames, status=Frame.Status.RETURNED.value, reason=values["reason"])

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
        due: date | None = values["due_on"]
        return FrameEdit(
            "assign",
            list(ids),  # type: ignore[arg-type]  # ids of frames
            user=user.pk if user else None,
            work=values["work"],
            due_on=due.isoformat() if due and user else None,
        )

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


FRAME_ACTIONS = (SetStatus(), SendBack(), Assign(), Detect())
