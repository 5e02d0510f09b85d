from django.db import models
from django.utils.translation import gettext_lazy as _


class SignInAttempt(models.Model):
    """One attempt to sign in, kept while it counts against a user name or an address (see sign_in.py)."""

    key = models.CharField(
        _("key"), max_length=64, help_text=_("A hash of the user name or the address, never either itself.")
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("sign-in attempt")
        verbose_name_plural = _("sign-in attempts")
        ordering = ["-at"]
        indexes = [models.Index(fields=["key", "at"], name="sign_in_by_key")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.at:%Y-%m-%d %H:%M}"
