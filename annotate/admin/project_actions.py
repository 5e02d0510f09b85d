"""Actions on projects: a dataset version, an export, a training; the same jobs that the project's page starts."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..datasets.catalogue import FORMATS
from ..datasets.export_wish import ExportWish, WishRefused, checked_export
from ..datasets.snapshot import MESSAGE_CHARACTERS
from ..jobs.exporting import TooMany, start_export
from ..jobs.train import start_training
from ..jobs.train_request import TrainingRefused, TrainWish
from ..jobs.versions import start_snapshot
from ..models import Frame, Job, Project, Training, User
from .actions import DeskAction, DeskRefused, Id, Shown

MOST_PROJECTS = 50


class ProjectAction(DeskAction):
    most = MOST_PROJECTS

    def heading(self, count: int) -> str:
        raise NotImplementedError

    def consequences(self) -> list[str]:
        raise NotImplementedError

    def preview(self, ids: Sequence[Id], values: dict[str, Any]) -> Shown:
        there = Q(frames__set_aside_at__isnull=True)
        done = Count("frames", filter=there & Q(frames__status__in=Frame.DONE))
        total = Count("frames", filter=there)
        projects = Project.objects.filter(pk__in=list(ids)).annotate(total=total, done=done)
        rows: list[tuple[Any, ...]] = [
            (one.name, one.total, one.done) for one in projects.order_by("name", "pk")
        ]
        return Shown(
            count=len(rows),
            title=self.heading(len(rows)),
            consequences=self.consequences(),
            head=[gettext("Project"), gettext("Images")],
            counts=rows,
        )

    def each(self, ids: Sequence[Id], begin: Callable[[Project], Job | None]) -> list[Job]:
        """Begins it for every project; one that refuses keeps the others from nothing. Raises DeskRefused."""
        jobs, refusals = [], []
        for project in Project.objects.filter(pk__in=list(ids)).order_by("pk"):
            try:
                job = begin(project)
            except DeskRefused as refused:
                refusals.append(f"{project.name}: {refused}")
            else:
                jobs += [job] if job else []
        if not jobs:
            raise DeskRefused(" ".join(refusals) or gettext("There is nothing to change."))
        return jobs


class SnapshotForm(forms.Form):
    message = forms.CharField(
        label=_("Message"), max_length=MESSAGE_CHARACTERS, required=False, help_text=_("What is new in it.")
    )


class Snapshot(ProjectAction):
    name, permission = "snapshot", "annotate.snapshot_project"
    title, button = _("Make dataset versions …"), _("Make them")

    def form(self, data: Any, ids: Sequence[Id]) -> forms.Form:
        return SnapshotForm(data)

    def heading(self, count: int) -> str:
        text = ngettext(
            "Make a dataset version of %(count)d project?",
            "Make a dataset version of %(count)d projects?",
            count,
        )
        return text % {"count": count}

    def consequences(self) -> list[str]:
        return [gettext("Only images that are done are taken. Everybody can go on working meanwhile.")]

    def start(self, ids: Sequence[Id], values: dict[str, Any], user: User, digest: str) -> list[Job]:
        return self.each(ids, lambda project: start_snapshot(project, user=user, message=values["message"]))


class ExportForm(forms.Form):
    format = forms.ChoiceField(label=_("Format"), choices=[(key, one.title) for key, one in FORMATS.items()])
    images = forms.BooleanField(label=_("With the images"), required=False, initial=True)


class Export(ProjectAction):
    name, permission = "export", "annotate.export_project"
    title, button = _("Export projects …"), _("Export")

    def form(self, data: Any, ids: Sequence[Id]) -> forms.Form:
        return ExportForm(data)

    def heading(self, count: int) -> str:
        return ngettext("Export %(count)d project?", "Export %(count)d projects?", count) % {"count": count}

    def consequences(self) -> list[str]:
        return [
            gettext("Nothing is changed. The files can be fetched from the page of the job, for seven days.")
        ]

    def start(self, ids: Sequence[Id], values: dict[str, Any], user: User, digest: str) -> list[Job]:
        wish = ExportWish(format=values["format"], images=values["images"])

        def begin(project: Project) -> Job:
            try:
                return start_export(project, checked_export(project, wish), user=user)
            except WishRefused as refused:
                raise DeskRefused(str(refused)) from refused
            except TooMany as error:
                raise DeskRefused(gettext("Too many exports are running. Wait for one to end.")) from error

        return self.each(ids, begin)


class Train(ProjectAction):
    name, permission = "train", "annotate.train_project"
    title, button = _("Train models …"), _("Train")

    def heading(self, count: int) -> str:
        text = ngettext("Train a model of %(count)d project?", "Train models of %(count)d projects?", count)
        return text % {"count": count}

    def consequences(self) -> list[str]:
        return [
            gettext("A dataset version is made where something is new. Training takes minutes to hours."),
            gettext(
                "The model that proposes stays until the new one is better and somebody, or the rule, says so."
            ),
        ]

    def start(self, ids: Sequence[Id], values: dict[str, Any], user: User, digest: str) -> list[Job]:
        def begin(project: Project) -> Job | None:
            try:
                training = start_training(project, TrainWish(), user=user, trigger=Training.Trigger.BUTTON)
            except TrainingRefused as refused:
                raise DeskRefused(str(refused)) from refused
            return training.job

        return self.each(ids, begin)


PROJECT_ACTIONS = (Snapshot(), Export(), Train())
