"""The forms of the page of data: what to export, and what to do with a file that was checked."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..datasets.catalogue import FORMATS, PURPOSES
from ..datasets.checking import CheckReport
from ..models import Box, Frame, Label, Project

SPLIT_NAMES = {
    "train": gettext_lazy("Training"),
    "val": gettext_lazy("Validation"),
    "test": gettext_lazy("Test"),
}
LABEL = "label-"
MOST_SOURCES = 200


class ExportForm(forms.Form):
    """Nothing ticked of a kind: all of it."""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=[(one.key, one.title) for one in FORMATS.values()]
    )
    images = forms.BooleanField(label=gettext_lazy("With the images"), required=False, initial=True)
    statuses = forms.MultipleChoiceField(
        label=gettext_lazy("Images that are"),
        choices=Frame.Status.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    splits = forms.MultipleChoiceField(
        label=gettext_lazy("Split"),
        choices=list(SPLIT_NAMES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    box_statuses = forms.MultipleChoiceField(
        label=gettext_lazy("Boxes that are"),
        choices=Box.Status.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Nothing chosen: accepted ones; Label Studio also gets open proposals, the lossless format all."
        ),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = [(str(one.pk), one.name) for one in project.labels.order_by("position", "pk")]
        sources = [(str(one.pk), one.name) for one in project.sources.order_by("-pk")[:MOST_SOURCES]]
        for name, title, choices in (
            ("labels", _("Labels"), labels),
            ("sources", _("Sources"), sources),
        ):
            self.fields[name] = forms.MultipleChoiceField(
                label=title, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
            )

    def filters(self) -> list[forms.BoundField]:
        """Those with something to choose."""
        fields = [self[name] for name in ("statuses", "splits", "labels", "sources", "box_statuses")]
        return [field for field in fields if len(field.subwidgets)]

    def cards(self) -> list[dict[str, Any]]:
        """Each format with what it holds and loses."""
        chosen = self["format"].value() or next(iter(FORMATS))
        return [
            {"key": key, "title": one.title, "purpose": PURPOSES[key], "is_chosen": key == chosen}
            for key, one in FORMATS.items()
        ]

    def wish(self) -> dict[str, Any]:
        """As JSON values, for export_wish.parse_export."""
        data = self.cleaned_data
        numbers = {name: [int(each) for each in data[name]] for name in ("labels", "sources")}
        words = {name: data[name] for name in ("format", "images", "statuses", "splits", "box_statuses")}
        return {**words, **numbers}


class NewProjectForm(forms.Form):
    """``project``: the name of the one that an import makes."""

    project = forms.CharField(label=gettext_lazy("Name of the new project"), max_length=120)


class ImportForm(forms.Form):
    """``labels``: one choice per class of the file, in its order."""

    take = forms.ChoiceField(
        label=gettext_lazy("Import the boxes as"),
        choices=[
            ("boxes", gettext_lazy("boxes, as the file has them")),
            ("proposals", gettext_lazy("proposals that people accept or reject")),
        ],
        initial="boxes",
        widget=forms.RadioSelect,
    )
    existing = forms.ChoiceField(
        label=gettext_lazy("On images that have boxes already"),
        choices=[
            ("add", gettext_lazy("add what is not there yet")),
            ("skip", gettext_lazy("leave these images as they are")),
            ("replace", gettext_lazy("replace what is there by what the file has")),
        ],
        initial="add",
        widget=forms.RadioSelect,
    )
    leave_out_missing = forms.BooleanField(required=False)

    def __init__(self, *args: Any, project: Project | None, report: CheckReport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.report = report
        self.fields["status"] = forms.ChoiceField(
            label=_("Afterwards the images are"),
            choices=[("file", self.status_of_file()), *Frame.Status.choices],
            initial="file",
        )
        self.fields["leave_out_missing"].required = report["missing"] > 0
        self.fields["leave_out_missing"].label = _("Leave out the images that are not there")
        labels = list(project.labels.order_by("position", "pk")) if project else []
        for number, label in enumerate(report["labels"]):
            self.fields[f"{LABEL}{number}"] = forms.ChoiceField(
                label=label["name"],
                choices=self.targets(label["name"], label["to"], labels),
                initial=str(label["to"] or "new"),
            )

    def status_of_file(self) -> str:
        return _("as the file says") if self.report["statuses"] else _("in progress where boxes are added")

    @staticmethod
    def targets(name: str, known: int | None, labels: Iterable[Label]) -> list[tuple[str, str]]:
        new = [] if known else [("new", _("New label “%(name)s”") % {"name": name})]
        return [*new, *((str(label.pk), label.name) for label in labels), ("leave_out", _("Left out"))]

    def label_rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(label, self[f"{LABEL}{number}"]) for number, label in enumerate(self.report["labels"])]

    def wish(self) -> dict[str, Any]:
        """As JSON values, for import_wish.parse_import."""
        data = self.cleaned_data
        chosen = {one["name"]: data[f"{LABEL}{number}"] for number, one in enumerate(self.report["labels"])}
        return {
            "labels": {name: int(to) if to.isdecimal() else to for name, to in chosen.items()},
            "take": data["take"],
            "existing": data["existing"],
            "status": data["status"],
            "leave_out_missing": data["leave_out_missing"],
        }
