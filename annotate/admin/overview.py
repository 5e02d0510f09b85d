"""The first page of the desk: how the installation is, and how far its projects are. A bounded number of queries."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Frame, Job, Operation, Project, Promotion, Proposal, User
from ..tracking.lag import lag_at

MOST_PROJECTS = 12
"""Those in which something happened last."""
LATE = timedelta(minutes=1)
"""A job that waits so long while nothing runs: no worker is there."""
BEHIND_S = 300
SINCE = timedelta(days=1)
Mark = Literal["ok", "warn", "bad", ""]


@dataclass(frozen=True, slots=True)
class Fact:
    """``mark``: whether it is as it should be."""

    name: str
    value: str
    mark: Mark = ""
    address: str = ""


@dataclass(slots=True)
class Card:
    """Of a project. ``share``: of its frames that are done, 0 to 100."""

    name: str
    address: str
    page: str
    share: int
    facts: list[Fact] = field(default_factory=list)


def health(user: User) -> list[Fact]:
    """What an administrator looks at first, as far as the person may see it."""
    facts = [disk()]
    if user.has_perm("annotate.view_job"):
        facts += jobs(timezone.now())
    if user.has_perm("annotate.view_trackingrun"):
        facts.append(mlflow(timezone.now()))
    return facts


def disk() -> Fact:
    usage = shutil.disk_usage(settings.DATA_DIR)
    value = _("%(free)s of %(total)s free") % {
        "free": filesizeformat(usage.free),
        "total": filesizeformat(usage.total),
    }
    is_short = usage.free < 3 * settings.MIN_FREE_BYTES
    return Fact(
        _("Disk"), value, "bad" if usage.free < settings.MIN_FREE_BYTES else "warn" if is_short else "ok"
    )


def jobs(now: datetime) -> list[Fact]:
    """One query over what is at work, one over what failed."""
    active = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).aggregate(
        running=Count("pk", filter=Q(state=Job.State.RUNNING)),
        waiting=Count("pk", filter=Q(state=Job.State.QUEUED)),
        oldest=Min("created_at", filter=Q(state=Job.State.QUEUED)),
        lease=Max("lease_until", filter=Q(state=Job.State.RUNNING)),
    )
    failed = Job.objects.filter(state=Job.State.FAILED, finished_at__gte=now - SINCE).count()
    table = reverse("admin:annotate_job_changelist")
    running = _("%(running)s running, %(waiting)s waiting") % {
        "running": localize(active["running"]),
        "waiting": localize(active["waiting"]),
    }
    text = ngettext("%(count)d in a day", "%(count)d in a day", failed) % {"count": failed}
    return [
        worker(active, now),
        Fact(_("Jobs"), running, address=f"{table}?state__exact=running"),
        Fact(_("Failed jobs"), text, "warn" if failed else "ok", f"{table}?state__exact=failed"),
    ]


def worker(active: dict[str, Any], now: datetime) -> Fact:
    """Known by what it does: the lease of its jobs, or that nothing waits."""
    name = _("Worker")
    if active["running"] and active["lease"] and active["lease"] > now:
        return Fact(name, _("at work"), "ok")
    if active["oldest"] is not None and active["oldest"] < now - LATE:
        return Fact(
            name,
            _("not heard of: a job waits for %(time)s") % {"time": timesince(active["oldest"], now)},
            "bad",
        )
    return Fact(name, _("nothing waits for it"), "ok")


def mlflow(now: datetime) -> Fact:
    if not settings.TRACKING:
        return Fact("MLflow", _("nothing is recorded"))
    lag = lag_at(now)
    table = reverse("admin:annotate_trackingrun_changelist")
    if not lag.waiting:
        return Fact("MLflow", _("knows everything"), "ok", table)
    text = _("%(count)s events behind") % {"count": localize(lag.waiting)}
    return Fact("MLflow", text, "bad" if lag.failures or lag.oldest_s > BEHIND_S else "warn", table)


def projects(user: User) -> list[Card]:
    """Six queries however many there are."""
    if not user.has_perm("annotate.view_project"):
        return []
    chosen = latest_projects()
    keys = [project.pk for project in chosen]
    frames = counted(
        Frame.objects.filter(project__in=keys),
        "project",
        total=Count("pk"),
        done=Count("pk", filter=Q(status__in=Frame.DONE)),
        returned=Count("pk", filter=Q(status=Frame.Status.RETURNED)),
    )
    work = counted(
        Job.objects.filter(project__in=keys),
        "project",
        active=Count("pk", filter=Q(state__in=[Job.State.QUEUED, Job.State.RUNNING])),
        failed=Count("pk", filter=Q(state=Job.State.FAILED, finished_at__gte=timezone.now() - SINCE)),
    )
    proposals = open_proposals(keys)
    promoted = counted(Promotion.objects.filter(project__in=keys), "project", at=Max("created_at"))
    return [
        card_of(
            one,
            frames.get(one.pk, {}),
            work.get(one.pk, {}),
            proposals.get(one.pk, 0),
            promoted.get(one.pk, {}),
        )
        for one in chosen
    ]


def latest_projects() -> Sequence[Project]:
    """By the newest job or frame; a look at the newest thousand operations finds those in which people draw."""
    recent = Operation.objects.order_by("-pk").values_list("frame__project", flat=True)[:1000]
    order = list(dict.fromkeys(recent))[:MOST_PROJECTS]
    rows = Project.objects.filter(archived_at__isnull=True).select_related("model_version")
    found = {one.pk: one for one in rows.filter(pk__in=order)}
    others = rows.exclude(pk__in=order).order_by("-created_at")[: MOST_PROJECTS - len(found)]
    return [*(found[key] for key in order if key in found), *others]


def counted(rows: Any, key: str, **sums: Any) -> dict[int, dict[str, Any]]:
    return {row.pop(key): row for row in rows.order_by().values(key).annotate(**sums)}


def open_proposals(projects: Sequence[int]) -> dict[int, int]:
    rows = Proposal.objects.filter(outcome=Proposal.Outcome.OPEN, frame__project__in=projects)
    return dict(rows.order_by().values_list("frame__project").annotate(number=Count("*")))


def card_of(
    project: Project, frames: dict[str, int], work: dict[str, int], proposals: int, promoted: dict[str, Any]
) -> Card:
    total, done = frames.get("total", 0), frames.get("done", 0)
    model = str(project.model_version) if project.model_version else _("the default one")
    since = promoted.get("at")
    jobs_at = f"{reverse('admin:annotate_job_changelist')}?project__id__exact={project.pk}"
    boxes_at = f"{reverse('admin:annotate_box_changelist')}?project={project.pk}&view=never_reviewed"
    frames_at = f"{reverse('admin:annotate_frame_changelist')}?project__id__exact={project.pk}"
    facts = [
        Fact(
            _("Images done"),
            _("%(done)s of %(total)s") % {"done": localize(done), "total": localize(total)},
            address=frames_at,
        ),
        Fact(_("Open proposals"), localize(proposals), address=boxes_at),
    ]
    if frames.get("returned"):
        facts.append(
            Fact(_("Returned"), localize(frames["returned"]), "warn", f"{frames_at}&status__exact=returned")
        )
    facts.append(Fact(_("Model"), f"{model} ({timesince(since)})" if since else model))
    if work.get("active"):
        facts.append(Fact(_("Jobs at work"), localize(work["active"]), address=jobs_at))
    if work.get("failed"):
        facts.append(
            Fact(_("Failed jobs"), localize(work["failed"]), "bad", f"{jobs_at}&state__exact=failed")
        )
    return Card(
        name=project.name,
        address=reverse("admin:annotate_project_change", args=[project.pk]),
        page=reverse("project", args=[project.pk]),
        share=round(100 * done / total) if total else 0,
        facts=facts,
    )
