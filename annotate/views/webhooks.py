"""The webhooks of a project and what they were told. Managers only."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from ..access import Role, require_role
from ..actions import webhooks as acting
from ..models import Project, User, Webhook
from ..webhooks.delivering import send_again

DELIVERIES_PER_PAGE = 50


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("What it is told"),
        choices=Webhook.Event.choices,
        widget=forms.CheckboxSelectMultiple,
    )


@sensitive_variables("made")
@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def webhooks(request: HttpRequest, project: Project) -> HttpResponse:
    """POST makes one, and shows its secret in the answer, once."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    made: Webhook | None = None
    if request.method == "POST" and form.is_valid():
        asked, user = form.cleaned_data, request.user
        assert isinstance(user, User)  # noqa: S101  (require_role saw to it)
        try:
            made = acting.make(project, asked["url"], asked["events"], user)
        except acting.WebhookRefused as refused:
            form.add_error("url" if refused.code == "url" else None, str(refused))
    names = {str(name): str(text) for name, text in Webhook.Event.choices}
    hooks = [
        {"hook": hook, "told": [names.get(each, each) for each in hook.events]}
        for hook in project.webhooks.order_by("pk")
    ]
    context: dict[str, Any] = {
        "project": project,
        "form": WebhookForm() if made else form,
        "made": made,
        "hooks": hooks,
        "is_manager": True,
        "section": "settings",
    }
    return render(request, "annotate/webhooks.html", context, status=400 if form.errors else 200)


@require_POST
@require_role(Role.MANAGER)
def change_webhook(request: HttpRequest, project: Project, webhook_id: int) -> HttpResponse:
    """``action``: ``on``, ``off`` or ``remove``."""
    hook, action = hook_in(project, webhook_id), request.POST.get("action")
    if action == "remove":
        hook.delete()
        messages.success(request, _("The webhook was removed."))
    elif action in {"on", "off"}:
        acting.change(hook, is_active=action == "on")
    else:
        return HttpResponseBadRequest(_("There is no such action. Nothing was changed."))
    return redirect("webhooks", project.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def deliveries(request: HttpRequest, project: Project, webhook_id: int) -> HttpResponse:
    """What it was told, newest first. POST sends the ``delivery`` once more."""
    hook = hook_in(project, webhook_id)
    if request.method == "POST":
        try:
            one = hook.deliveries.filter(pk=UUID(request.POST.get("delivery", ""))).first()
        except ValueError:
            one = None
        if one is None:
            raise Http404(_("There is no such page, or you are not a member of its project."))
        send_again(one)
        messages.success(request, _("It is sent once more."))
        return redirect("webhook_deliveries", project.pk, hook.pk)
    rows = hook.deliveries.order_by("-created_at", "-pk")
    context = {
        "project": project,
        "hook": hook,
        "page": Paginator(rows, DELIVERIES_PER_PAGE).get_page(request.GET.get("page")),
        "is_manager": True,
        "section": "settings",
    }
    return render(request, "annotate/webhook_deliveries.html", context)


def hook_in(project: Project, webhook_id: int) -> Webhook:
    hook = project.webhooks.filter(pk=webhook_id).first()
    if hook is None:
        raise Http404(_("There is no such page, or you are not a member of its project."))
    return hook
