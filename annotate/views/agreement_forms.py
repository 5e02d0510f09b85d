"""What a manager asks several people to label independently."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..actions.agreement import who_may_be_asked
from ..agreement.copies import MOST_FRAMES, MOST_PEOPLE, next_to_label, short_of
from ..models import Project, User
from ..review.independent import wanted_in

CHOICES = [
    ("next", _("The next images to annotate")),
    ("all", _("All images that are left to annotate")),
    ("named", _("Images whose name contains a text")),
    ("short", _("Images that too few people have")),
    ("gold", _("All gold images, to measure people")),
]


class People(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: User) -> str:
        return obj.display_name


class Person(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: User) -> str:
        return obj.display_name


class AskForm(forms.Form):
    """``frames()`` gives what was chosen, ``each()`` how many people label each of them, None for all."""

    which = forms.ChoiceField(label=_("Images"), choices=CHOICES, initial="next")
    number = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=MOST_FRAMES,
        initial=20,
        required=False,
        help_text=_("Of the next images."),
    )
    name = forms.CharField(
        label=_("Text in the name"), max_length=100, required=False, help_text=_("Of images by name.")
    )

    per_image = forms.IntegerField(
        label=_("People per image"),
        min_value=1,
        max_value=MOST_PEOPLE,
        required=False,
        help_text=_(
            "Those with the least to do; who has it already counts. Empty, or for gold images: everybody."
        ),
    )

    def __init__(self, *args: object, project: Project, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.project = project
        if project.review == Project.ReviewMode.CONSENSUS:
            self.fields["per_image"].initial = project.annotators_per_image
        members = who_may_be_asked(project).order_by("first_name", "last_name", "username")
        self.fields["people"] = People(
            label=_("People"), queryset=members, widget=forms.CheckboxSelectMultiple
        )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("which") == "next" and not cleaned.get("number") and "number" not in self.errors:
            self.add_error("number", _("Say how many."))
        if cleaned.get("which") == "named" and not cleaned.get("name"):
            self.add_error("name", _("Write a part of the file names."))
        return cleaned

    def frames(self) -> list[int]:
        """Ids of what was chosen, one more than may be given out at once where there are more."""
        which = self.cleaned_data["which"]
        if which == "next":
            return next_to_label(self.project, self.cleaned_data["number"])
        if which == "all":
            return next_to_label(self.project, MOST_FRAMES + 1)
        if which == "short":
            return short_of(self.project, self.each() or wanted_in(self.project))[: MOST_FRAMES + 1]
        frames = self.project.frames.order_by("source", "index", "pk")
        if which == "gold":
            frames = frames.filter(is_gold=True)
        else:
            frames = frames.filter(name__icontains=self.cleaned_data["name"])
        return list(frames.values_list("pk", flat=True)[: MOST_FRAMES + 1])

    def each(self) -> int | None:
        number: int | None = self.cleaned_data["per_image"]
        return None if self.cleaned_data["which"] == "gold" else number
