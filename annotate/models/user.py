from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in. Rights on projects come from Membership, never from here."""

    language = models.CharField(
        _("language"),
        max_length=8,
        blank=True,
        default="",
        help_text=_("Empty: the language of the browser."),
    )
    editor = models.JSONField(
        _("editor preferences"),
        default=dict,
        blank=True,
        help_text=_("Keys and view of the editor; annotate.preferences says what it holds."),
    )

    limited_to: int | None = None
    """Set while a token of one project speaks for the person: of all other projects they are no member."""

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username
