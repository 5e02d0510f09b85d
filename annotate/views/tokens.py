"""The API tokens of a person: made here, shown once, listed, renewed, revoked."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from .. import tokens
from ..access import projects_for
from ..forms import TokenForm
from ..models import ApiToken, User


def page(request: HttpRequest, form: TokenForm, *, made: tokens.NewToken | None = None) -> HttpResponse:
    mine = ApiToken.objects.filter(user=cast(User, request.user)).select_related("project")
    context: dict[str, Any] = {"form": form, "tokens": mine, "made": made, "now": timezone.now()}
    return render(request, "annotate/tokens.html", context, status=400 if form.errors else 200)


@sensitive_variables("made")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """POST makes one, and shows it in the answer: it is kept nowhere, so there is no page to be sent to."""
    user = cast(User, request.user)
    if request.method != "POST":
        return page(request, TokenForm(projects=projects_for(user)))
    form = TokenForm(request.POST, projects=projects_for(user))
    if form.is_valid() and tokens.holding(user).count() >= tokens.MOST_PER_USER:
        form.add_error(None, _("You have as many tokens as one may have. Revoke some first."))
    if not form.is_valid():
        return page(request, form)
    chosen = form.cleaned_data
    made = tokens.make_token(
        user, chosen["name"], scope=chosen["scope"], days=chosen["days"], project=chosen["project"]
    )
    return page(request, TokenForm(projects=projects_for(user)), made=made)


def own_token(request: HttpRequest, token_id: int) -> ApiToken:
    """Raises Http404 for a token of somebody else, as for one that does not exist."""
    token = (
        ApiToken.objects.select_related("user", "project")
        .filter(user=cast(User, request.user), pk=token_id)
        .first()
    )
    if token is None:
        raise Http404
    return token


@sensitive_variables("made")
@login_required
@require_POST
def renew(request: HttpRequest, token_id: int) -> HttpResponse:
    """A new secret, shown in the answer; the old one ends. One that was revoked stays so."""
    token = own_token(request, token_id)
    if token.revoked_at is not None:
        raise Http404
    made = tokens.renew(token)
    return page(request, TokenForm(projects=projects_for(token.user)), made=made)


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    token = own_token(request, token_id)
    tokens.revoke(token)
    messages.success(request, _("The token “%(name)s” was revoked.") % {"name": token.name})
    return redirect("tokens")
