"""What a manager fills in for trainings."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from ..forms import Switch
from ..jobs.train_request import RANGES, TrainWish, names
from ..models import DatasetVersion, Project

MOST_VERSIONS = 50
OFFERED = ("epochs", "image_size", "batch", "seed", "patience", "time_limit_min", "memory_limit_mb")


class TrainForm(forms.Form):
    """Everything may be left empty: then the machine decides."""

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = DatasetVersion.objects.filter(project=project).order_by("-number")[:MOST_VERSIONS]
        self.fields["version"] = forms.TypedChoiceField(
            label=_("Data"),
            required=False,
            coerce=int,
            empty_value=None,
            choices=[
                ("", _("What is complete now")),
                *((str(one.number), version_text(one)) for one in versions),
            ],
        )
        for name in OFFERED:
            low, high = RANGES[name]
            self.fields[name] = forms.IntegerField(
                label=names()[name],
                required=False,
                min_value=low,
                max_value=high,
                widget=forms.NumberInput(attrs={"placeholder": _("automatic"), "inputmode": "numeric"}),
            )

    @property
    def options(self) -> list[forms.BoundField]:
        return [self[name] for name in OFFERED]

    @property
    def has_option_errors(self) -> bool:
        return any(name in self.errors for name in OFFERED)

    def wish(self) -> TrainWish:
        return TrainWish(**self.cleaned_data)


def version_text(version: DatasetVersion) -> str:
    frames = version.counts.get("frames", 0)
    said = f" · {version.message}" if version.message else ""
    return _("Version %(number)s: %(frames)s images") % {"number": version.number, "frames": frames} + said


class TrainingSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Project
        fields = ("training_mode", "promotes_itself", "class_margin", "auto_accept_precision")
        widgets = {
            "promotes_itself": Switch,
            "class_margin": forms.NumberInput(attrs={"step": "0.01", "min": "0", "max": "1"}),
            "auto_accept_precision": forms.NumberInput(attrs={"step": "0.001", "min": "0.5", "max": "0.999"}),
        }
