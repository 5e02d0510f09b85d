"""Signing in and out, and what a person decides for themselves: names, language, theme, password."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render, resolve_url
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from ..forms import LANGUAGE_CODES, PreferencesForm
from ..middleware import THEME_COOKIE, THEMES
from ..models import User
from ..sign_in import SignInForm

YEAR_SECONDS = 365 * 24 * 3600


class SignIn(LoginView):
    template_name = "annotate/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        if cast(SignInForm, form).is_blocked:
            response.status_code = 429
        return response


class SignOut(LogoutView):
    http_method_names = ["post", "options"]


def next_address(request: HttpRequest) -> str:
    """Where to go afterwards: ``next``, if it is an address of this site."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return resolve_url("projects")


def remember(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Language of this browser and, for somebody signed in, of the account. 400 for one we do not speak."""
    language = request.POST.get("language", "")
    if language not in LANGUAGE_CODES:
        return HttpResponseBadRequest(_("This language is not available."))
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=language)
    response = redirect(next_address(request))
    remember(request, response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Theme of this browser: light, dark or system. 400 for any other."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponseBadRequest(_("There is no such theme."))
    response = redirect(next_address(request))
    remember(request, response, THEME_COOKIE, theme)
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    theme: str = request.theme  # type: ignore[attr-defined]
    sent = request.POST if request.method == "POST" else None
    form = PreferencesForm(sent, instance=user, initial={"theme": theme})
    if request.method == "POST" and form.is_valid():
        form.save()
        if user.language:
            translation.activate(user.language)
        messages.success(request, _("Your preferences were saved."))
        response = redirect("profile")
        remember(request, response, THEME_COOKIE, form.cleaned_data["theme"])
        if user.language:
            remember(request, response, settings.LANGUAGE_COOKIE_NAME, user.language)
        else:
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return response
    password_form = PasswordChangeForm(user)
    password_form.fields["old_password"].widget.attrs.pop("autofocus", None)  # it is the second form here
    context = {"form": form, "password_form": password_form}
    return render(request, "annotate/profile.html", context, status=400 if form.errors else 200)


@sensitive_post_parameters()
@login_required
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """Changes the password; every other session of the account ends, this one goes on."""
    user = cast(User, request.user)
    password_form = PasswordChangeForm(user, request.POST)
    if not password_form.is_valid():
        theme: str = request.theme  # type: ignore[attr-defined]
        form = PreferencesForm(instance=user, initial={"theme": theme})
        context = {"form": form, "password_form": password_form}
        return render(request, "annotate/profile.html", context, status=400)
    password_form.save()
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password was changed. You were signed out everywhere else."))
    return redirect("profile")
