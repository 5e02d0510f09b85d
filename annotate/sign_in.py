"""Signing in, slowed down for those who guess: per user name and per address, in the shared database.

An attempt is written down before the password is looked at and counted afterwards, so that a hundred
attempts at once are no better than one after the other. Unknown user names count and answer the same.
"""

import hashlib
import logging
import unicodedata
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import SignInAttempt, User

WINDOW = timedelta(minutes=5)
ATTEMPTS_PER_USER = 10
ATTEMPTS_PER_ADDRESS = 50

security_log = logging.getLogger("annotate.security")


def network_of(address: str) -> str:
    """The address, or for IPv6 its /64: one household has billions of those."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(ip_network(f"{parsed}/64", strict=False))
    return str(parsed)


def key_of(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode("utf-8", "surrogatepass")).hexdigest()


def user_key(username: str) -> str:
    return key_of("user", unicodedata.normalize("NFKC", username).strip().casefold())


def address_key(request: HttpRequest) -> str:
    return key_of("address", network_of(request.META.get("REMOTE_ADDR", "")))


def note_attempt(request: HttpRequest, username: str) -> bool:
    """Writes the attempt down; False when the user name or the address has used up its attempts."""
    now = timezone.now()
    SignInAttempt.objects.filter(at__lt=now - WINDOW).delete()
    limits = {user_key(username): ATTEMPTS_PER_USER, address_key(request): ATTEMPTS_PER_ADDRESS}
    noted = SignInAttempt.objects.bulk_create(SignInAttempt(key=key, at=now) for key in limits)
    blocked = [key for key, limit in limits.items() if SignInAttempt.objects.filter(key=key).count() > limit]
    if not blocked:
        return True
    # A refused attempt does not count: the wait ends although somebody keeps knocking.
    SignInAttempt.objects.filter(pk__in=[attempt.pk for attempt in noted]).delete()
    security_log.warning("sign-in refused, too many attempts (key %s)", blocked[0][:8])
    return False


def forget_attempts(request: HttpRequest, username: str) -> None:
    """After a success: nothing counts against the name any more, nor this attempt against the address."""
    SignInAttempt.objects.filter(key=user_key(username)).delete()
    latest = SignInAttempt.objects.filter(key=address_key(request)).first()
    if latest is not None:
        latest.delete()


class ThrottledBackend(ModelBackend):
    """Django's password check behind the limits: for the sign-in page, the admin and any API alike."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if request is None or username is None:
            return super().authenticate(request, username=username, password=password, **kwargs)
        if not note_attempt(request, username):
            request.sign_in_blocked = True  # type: ignore[attr-defined]
            raise PermissionDenied
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is not None:
            forget_attempts(request, username)
        return user


class ThrottledForm(AuthenticationForm):
    """Says so when there were too many attempts; the same words for known and unknown user names."""

    @property
    def is_blocked(self) -> bool:
        return bool(getattr(self.request, "sign_in_blocked", False))

    def get_invalid_login_error(self) -> ValidationError:
        if self.is_blocked:
            return ValidationError(
                _("Too many attempts. Wait five minutes, then try again."), code="too_many_attempts"
            )
        return super().get_invalid_login_error()


class SignInForm(ThrottledForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages = {
            **self.error_messages,
            "invalid_login": _("The user name or the password is wrong. Check both and try again."),
        }
        self.fields["username"].label = _("User name")
        self.fields["username"].widget = forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        )


class AdminSignInForm(ThrottledForm, AdminAuthenticationForm):
    pass
