"""Forms of the pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from .blind import SUGGESTED_PERCENT
from .models import ApiToken, Label, Membership, Project, User
from .models.project import FEWEST_PEOPLE, MOST_PEOPLE
from .queue.strategies import strategy_choices
from .review.independent import since

THEME_CHOICES = (
    ("system", gettext_lazy("As the system")),
    ("light", gettext_lazy("Light")),
    ("dark", gettext_lazy("Dark")),
)
LANGUAGE_CODES = frozenset(code for code, _name in settings.LANGUAGES)


class Switch(forms.CheckboxInput):
    """A checkbox that is sent also when it is off (templates/annotate/_field.html): what a page does not know stays."""

    is_switch = True


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an older page or a script leaves out stays as it is."""

    class Meta:
        model = Project
        fields = (
            *("name", "description", "strategy", "blind_percent"),
            *("review", "annotators_per_image", "reviews_own_work"),
        )
        widgets = {"description": forms.Textarea(attrs={"rows": 3}), "reviews_own_work": Switch}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:  # later it would cover only a part of the images
            self.initial["blind_percent"] = SUGGESTED_PERCENT
        self.fields["annotators_per_image"].widget.attrs.update(min=FEWEST_PEOPLE, max=MOST_PEOPLE)
        order = Project._meta.get_field("strategy")
        self.fields["strategy"] = forms.ChoiceField(
            label=capfirst(order.verbose_name),
            help_text=order.help_text,
            choices=strategy_choices(),
            required=False,
        )
        for name in self.optional:
            self.fields[name].required = False

    @property
    def optional(self) -> list[str]:
        return [name for name in self.fields if name not in ("name", "description")]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.optional:
            if self.data.get(self.add_prefix(name), "") == "":
                cleaned[name] = getattr(self.instance, name)
        if "review" in cleaned:
            self.instance.consensus_since = since(cleaned["review"], self.instance)
        return cleaned


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person decides for themselves. The theme belongs to the browser, the rest to the account."""

    theme = forms.ChoiceField(label=gettext_lazy("Theme"), choices=THEME_CHOICES)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own_names = [
            (code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES
        ]
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            required=False,
            choices=[("", _("As the browser")), *own_names],
        )
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"


class LabelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A label of a project. Give ``instance=Label(project=…)`` for a new one."""

    class Meta:
        model = Label
        fields = ("name", "color", "key")
        help_texts = {"key": ""}
        widgets = {
            "color": forms.TextInput(attrs={"type": "color"}),
            "key": forms.Select(choices=[("", "–"), *((digit, digit) for digit in "1234567890")]),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.prefix:  # a row of a table: its fields stand in other cells than the form
            for field in self.fields.values():
                field.widget.attrs["form"] = self.prefix

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Label.objects.filter(project=self.instance.project, name__iexact=name)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This project already has a label of this name."))
        return name

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        others = Label.objects.filter(project=self.instance.project, key=key).exclude(pk=self.instance.pk)
        holder = others.first() if key else None
        if holder is not None:
            raise forms.ValidationError(
                _("The key %(key)s already chooses “%(label)s”.") % {"key": key, "label": holder.name}
            )
        return key


class MemberForm(forms.Form):
    """Adds an existing account to a project by its user name."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=Membership.Role.choices,
        initial=Membership.Role.ANNOTATOR,
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.user: User | None = None

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        self.user = User.objects.filter(username=username, is_active=True).first()
        if self.user is None:
            raise forms.ValidationError(
                _("There is no account of this name. Check the spelling, or ask an administrator for one.")
            )
        if self.project.memberships.filter(user=self.user).exists():
            raise forms.ValidationError(_("%(name)s is already a member.") % {"name": username})
        return username


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Membership
        fields = ("role",)


class TokenForm(forms.Form):
    """A new API token: what for, how far it reaches, how long it holds."""

    DAYS = (
        (7, gettext_lazy("7 days")),
        (30, gettext_lazy("30 days")),
        (90, gettext_lazy("90 days")),
        (365, gettext_lazy("A year")),
    )

    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("It may"), choices=ApiToken.Scope.choices, initial=ApiToken.Scope.WRITE
    )
    days = forms.TypedChoiceField(label=gettext_lazy("It holds for"), choices=DAYS, coerce=int, initial=90)

    def __init__(self, *args: Any, projects: QuerySet[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"] = forms.ModelChoiceField(
            label=_("In"), queryset=projects, required=False, empty_label=_("All my projects")
        )
