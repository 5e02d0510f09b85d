"""Actions on many rows at once: chosen in a list, looked at on a page that says what will change, then started as jobs.

An action of a list shows the page; the page posts what was chosen to ``do/<name>/``, first for another look (with a
form), then to start. Nothing is changed before that.
"""

import base64
import binascii
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet, UUIDField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..models import Job, User
from .base import DeskAdmin

Id = int | UUID


class DeskRefused(Exception):
    """Nothing was started; the text is for the person."""


@dataclass(slots=True)
class Shown:
    """What a page of preview says. ``counts``: rows of the table under ``head``, the last column a number.

    ``left_out``: reason and number. ``pictures``: of the first frames, as HTML. ``digest``: tells whether it is old.
    """

    count: int
    title: str
    consequences: list[str]
    head: list[str] = field(default_factory=list)
    counts: list[tuple[Any, ...]] = field(default_factory=list)
    left_out: list[tuple[str, int]] = field(default_factory=list)
    pictures: list[Any] = field(default_factory=list)
    digest: str = ""


class DeskAction:
    """One action of a list. ``permission``: what whoever does it needs. ``most``: rows at once. ``is_final``: it cannot
    be taken back, so only superusers do it."""

    name: ClassVar[str]
    title: ClassVar[Promise]
    permission: ClassVar[str]
    most: ClassVar[int]
    button: ClassVar[Promise]
    is_final: ClassVar[bool] = False

    def form(self, data: Any, ids: Sequence[Id]) -> forms.Form | None:
        """What has to be said before anything can be shown; None: nothing."""
        return None

    def preview(self, ids: Sequence[Id], values: dict[str, Any]) -> Shown:
        """Reads, changes nothing. ``values``: of the valid form."""
        raise NotImplementedError

    def start(self, ids: Sequence[Id], values: dict[str, Any], user: User, digest: str) -> list[Job]:
        """Raises DeskRefused where nothing was started."""
        raise NotImplementedError


def pack(ids: Sequence[Id]) -> str:
    """For one hidden field: 20,000 ids of boxes are 430 KB."""
    is_uuid = bool(ids) and isinstance(ids[0], UUID)
    pieces = (one.bytes if isinstance(one, UUID) else struct.pack(">q", one) for one in ids)
    return ("u" if is_uuid else "i") + base64.urlsafe_b64encode(b"".join(pieces)).decode()


def unpack(text: str) -> list[Id]:
    """Raises ValueError."""
    size = {"u": 16, "i": 8}.get(text[:1], 0)
    try:
        data = base64.b64decode(text[1:].encode("ascii"), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not size or not data or len(data) % size:
        raise ValueError("not ids")
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    if size == 16:
        return [UUID(bytes=piece) for piece in pieces]
    return [struct.unpack(">q", piece)[0] for piece in pieces]


class ActionDesk(DeskAdmin):
    """A table with such actions."""

    desk_actions: tuple[DeskAction, ...] = ()

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_do"
        own = path("do/<slug:name>/", self.admin_site.admin_view(self.do_view), name=name)
        return [own, *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if "_popup" in request.GET:
            return actions
        own = {one.name: (opener(one), one.name, one.title) for one in self.allowed(request)}
        return {**actions, **own}

    def allowed(self, request: HttpRequest) -> list[DeskAction]:
        user = cast(User, request.user)
        may = [one for one in self.desk_actions if user.has_perm(one.permission)]
        return [one for one in may if user.is_superuser or not one.is_final]

    @method_decorator(require_POST)
    def do_view(self, request: HttpRequest, name: str) -> HttpResponse:
        action = next((one for one in self.desk_actions if one.name == name), None)
        if action is None:
            raise Http404
        if action not in self.allowed(request):
            raise PermissionDenied
        try:
            ids = unpack(request.POST.get("chosen", ""))
        except ValueError:
            ids = []
        is_uuid = isinstance(self.opts.pk, UUIDField)
        if not ids or len(ids) > action.most or isinstance(ids[0], UUID) != is_uuid:
            return HttpResponseBadRequest(_("What was chosen did not arrive whole. Nothing was changed."))
        return self.look_or_do(request, action, ids)

    def open_action(
        self, request: HttpRequest, action: DeskAction, rows: QuerySet[Model]
    ) -> HttpResponse | None:
        """From the list. None after saying why not."""
        ids = list(rows.order_by().values_list("pk", flat=True)[: action.most + 1])
        if len(ids) > action.most:
            text = _(
                "At most %(most)s can be changed at once. Nothing was changed. Narrow the list by a filter."
            )
            self.message_user(request, text % {"most": f"{action.most:,}"}, messages.ERROR)
            return None
        return self.look_or_do(request, action, ids)

    def look_or_do(self, request: HttpRequest, action: DeskAction, ids: Sequence[Id]) -> HttpResponse:
        """The page, or the start and the way to what was started."""
        is_posted = "chosen" in request.POST
        form = action.form(request.POST if is_posted else None, ids)
        if form is not None and not (is_posted and form.is_valid()):
            return self.show(request, action, ids, form, None)
        values = form.cleaned_data if form is not None else {}
        if "confirm" in request.POST:
            try:
                jobs = action.start(ids, values, cast(User, request.user), request.POST.get("digest", ""))
            except DeskRefused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                return self.started(request, action, jobs)
        return self.show(request, action, ids, form, action.preview(ids, values))

    def started(self, request: HttpRequest, action: DeskAction, jobs: list[Job]) -> HttpResponse:
        for job in jobs:
            self.log_change(request, job, str(action.title))
        if len(jobs) == 1:
            return HttpResponseRedirect(reverse("admin:annotate_job_progress", args=[jobs[0].pk]))
        ids = ",".join(str(job.pk) for job in jobs)
        return HttpResponseRedirect(f"{reverse('admin:annotate_job_changelist')}?id__in={ids}")

    def address(self, view: str, *args: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}", args=args)

    def show(
        self,
        request: HttpRequest,
        action: DeskAction,
        ids: Sequence[Id],
        form: forms.Form | None,
        shown: Shown | None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": shown.title if shown else action.title,
            "opts": self.opts,
            "action": action,
            "address": f"{self.address('do', action.name)}?{request.GET.urlencode()}",
            "back": f"{self.address('changelist')}?{request.GET.urlencode()}",
            "chosen": pack(ids),
            "chosen_count": len(ids),
            "form": form,
            "shown": shown,
            "media": self.media + (form.media if form else forms.Media()),
        }
        return TemplateResponse(request, "admin/annotate/bulk_preview.html", context)


def opener(action: DeskAction) -> Any:
    def open_it(desk: ActionDesk, request: HttpRequest, rows: QuerySet[Model]) -> HttpResponse | None:
        return desk.open_action(request, action, rows)

    return open_it


def table_of(counts: Counter[tuple[Any, ...]], most: int = 30) -> list[tuple[Any, ...]]:
    """The largest counts first."""
    return [(*key, number) for key, number in counts.most_common(most)]


def nonzero(left_out: Iterable[tuple[Any, int]]) -> list[tuple[str, int]]:
    return [(str(text), number) for text, number in left_out if number]
