"""Which model proposes in a project, from what confidence on, and what its classes mean there."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ..access import Role, require_role
from ..detection.mapping import mapping_for, save_mapping
from ..detection.request import no_model_text
from ..detection.versions import default_for, usable_for
from ..learning import promotion
from ..learning.shown import measured_at, taken_over
from ..models import ModelVersion, Project, Training, User
from ..tracking.links import links_for
from .training_compare import confidence_text, measured_words

FIELD = "class-"


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """``classes``: one choice of a label per class of ``version``, in its order: of the model that is offered, else of
    the one that serves. ``classes_of`` says whose they are, for another may serve when the page comes back."""

    confidence = forms.FloatField(
        label=gettext_lazy("Least confidence"),
        min_value=0.01,
        max_value=1.0,
        widget=forms.NumberInput(attrs={"step": "0.01"}),
        help_text=gettext_lazy("From 0.01 to 1. Proposals below it are not made; the editor can hide more."),
    )

    classes_of = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Project
        fields = ("confidence",)

    def __init__(
        self, *args: Any, usable: list[ModelVersion], offered: Training | None = None, **kwargs: Any
    ) -> None:
        """``offered``: whose model, and the confidence at which it was measured, stand there at first."""
        super().__init__(*args, **kwargs)
        offered_id = offered.model_version_id if offered is not None else None
        confidence = taken_over(offered.evaluation) if offered is not None else None
        if confidence is not None:
            self.initial["confidence"] = round(confidence, 2)
        choice = forms.ModelChoiceField(
            label=_("Model"),
            queryset=ModelVersion.objects.filter(pk__in=[one.pk for one in usable]),
            required=False,
            initial=offered_id or self.instance.model_version_id,
            empty_label=_("The default of this installation"),
            help_text=_("What proposes boxes where nobody chooses another model."),
        )
        self.fields["model_version"] = choice
        self.serving = default_for(self.instance, usable)
        by_id = {str(one.pk): one for one in usable}
        shown = self.data.get("classes_of")
        self.version = by_id.get(shown) if shown else by_id.get(str(offered_id), self.serving)
        self.initial["classes_of"] = self.version.pk if self.version is not None else ""
        self.classes = self.class_fields()

    @property
    def chosen(self) -> ModelVersion | None:
        version: ModelVersion | None = self.cleaned_data["model_version"]
        return version

    def class_fields(self) -> list[tuple[str, forms.BoundField]]:
        classes = self.version.classes if self.version else []
        labels = self.instance.labels.filter(is_active=True).order_by("position", "pk")
        choices = [("", _("Left out")), *((str(label.pk), label.name) for label in labels)]
        present = mapping_for(self.instance, classes)
        for number, name in enumerate(classes):
            self.fields[f"{FIELD}{number}"] = forms.ChoiceField(
                label=name, choices=choices, required=False, initial=str(present[name] or "")
            )
        return [(name, self[f"{FIELD}{number}"]) for number, name in enumerate(classes)]

    def save_all(self, user: User) -> None:
        """The project's own fields, and what differs from matching by name. Classes that the page did not show stay.
        Raises PromotionRefused."""
        wanted = {
            name: int(self.cleaned_data[field.name]) if self.cleaned_data[field.name] else None
            for name, field in self.classes
            if field.name in self.data
        }
        with transaction.atomic():
            promotion.choose(self.instance, self.chosen, user, confidence=self.cleaned_data["confidence"])
            save_mapping(self.instance, wanted)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def model_settings(request: HttpRequest, project: Project) -> HttpResponse:
    usable = usable_for(project)
    offered = offered_in(request, project)
    form = ModelForm(
        request.POST if request.method == "POST" else None, instance=project, usable=usable, offered=offered
    )
    if request.method == "POST" and form.is_valid():
        try:
            form.save_all(cast(User, request.user))
        except promotion.PromotionRefused as refused:
            form.add_error("model_version", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("model_settings", project.pk)
    context = {
        "project": project,
        "form": form,
        "version": form.serving,
        "mapped": sum(bool(field.value()) for _name, field in form.classes),
        "has_labels": project.labels.filter(is_active=True).exists(),
        "no_model": "" if usable else no_model_text(),
        **measured_for(project, form.serving),
        "run": run_of(form.serving, cast(User, request.user)),
        "is_manager": True,
        "section": "model",
    }
    return render(request, "annotate/model.html", context, status=400 if form.errors else 200)


def offered_in(request: HttpRequest, project: Project) -> Training | None:
    """The training whose comparison led here. What names none of this project is passed over."""
    try:
        asked = UUID(request.GET.get("training", ""))
    except ValueError:
        return None
    return Training.objects.filter(project=project, pk=asked).first()


def measured_for(project: Project, version: ModelVersion | None) -> dict[str, Any]:
    """What the model that serves, and one that waits, did on held-out images, and from which confidence on."""
    trainings = Training.objects.filter(project=project).select_related("model_version")
    own = trainings.filter(model_version=version).first() if version is not None else None
    waiting = trainings.filter(outcome=Training.Outcome.CHALLENGER).first()
    known, side = (own.evaluation, "challenger") if own is not None else ({}, "champion")
    if own is None and waiting is not None and version is not None and waiting.champion_id == version.pk:
        known = waiting.evaluation
    return {
        "measured": measured_words(known, side),
        "measured_at": confidence_text(measured_at(known, side)),
        "serves_from": confidence_text(project.confidence),
        "challenger": waiting,
        "challenger_measured": measured_words(waiting.evaluation, "challenger") if waiting else "",
    }


def run_of(version: ModelVersion | None, user: User) -> str:
    """The way to the run in MLflow in which this model was trained; empty where there is none for this person."""
    training = Training.objects.filter(model_version=version).first() if version is not None else None
    return links_for(user, [training.pk]).get(training.pk, "") if training is not None else ""
