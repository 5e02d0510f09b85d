import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .project import Project


class AnnotationSession(models.Model):
    """One visit of a person to a project: from the first thing they do until they sign out or do nothing for a while.

    Written by annotate.tracking.visits alone, from the events, so that an edit never waits for it.
    """

    class End(models.TextChoices):
        SIGNED_OUT = "signed_out", _("Signed out")
        IDLE = "idle", _("Nothing done for a while")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="sessions"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="annotation_sessions",
    )
    started_at = models.DateTimeField(_("started"))
    last_at = models.DateTimeField(_("last activity"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end = models.CharField(_("how it ended"), max_length=10, choices=End.choices, blank=True, default="")

    if TYPE_CHECKING:
        user_id: int | None
        project_id: int

    class Meta:
        verbose_name = _("annotation session")
        verbose_name_plural = _("annotation sessions")
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "user"], condition=Q(ended_at__isnull=True), name="session_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | Q(ended_at__isnull=False, end__in=["signed_out", "idle"]),
                name="session_end_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.started_at:%Y-%m-%d %H:%M}"


class TrackingRun(models.Model):
    """A run of MLflow, as it is to be. Its id is that of the session or detection that it tells of.

    ``sequenced`` events belong to it, numbered from 1; MLflow has those up to ``delivered``.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="tracking_runs"
    )
    parent = models.ForeignKey(
        "self", verbose_name=_("parent"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opening = models.JSONField(
        _("opening"),
        help_text=_("Name, start, parameters and tags, as they were then: what a replay writes again."),
    )
    is_open = models.BooleanField(_("open"), default=True)
    experiment = models.CharField(_("experiment"), max_length=64, blank=True, default="")
    mlflow_run = models.CharField(_("MLflow run"), max_length=64, blank=True, default="")
    sequenced = models.BigIntegerField(_("events"), default=0)
    delivered = models.BigIntegerField(_("delivered events"), default=0)
    problem = models.TextField(_("what MLflow refused"), blank=True, default="")
    retry_at = models.DateTimeField(
        _("next attempt"),
        null=True,
        blank=True,
        help_text=_("Set where MLflow answers about everything but this run: it is told later."),
    )
    doubt_until = models.DateTimeField(
        _("in doubt until"),
        null=True,
        blank=True,
        help_text=_("Set where MLflow did not answer when it was to create this run: it may be there twice."),
    )

    if TYPE_CHECKING:
        parent_id: uuid.UUID | None
        project_id: int

    class Meta:
        verbose_name = _("tracking run")
        verbose_name_plural = _("tracking runs")
        ordering = ["project", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered__gte=0, delivered__lte=F("sequenced")), name="tracking_run_delivered"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(delivered__lt=F("sequenced")), name="tracking_run_to_deliver"
            ),
            models.Index(fields=["kind"], condition=Q(is_open=True), name="tracking_run_open"),
            models.Index(
                fields=["doubt_until"], condition=Q(doubt_until__isnull=False), name="tracking_run_doubtful"
            ),
        ]

    def __str__(self) -> str:
        return str(self.opening.get("name", self.pk))


class TrackingEvent(models.Model):
    """Something that happened, told in the transaction in which it happened; never changed, but for its place.

    The relay gives it its place: ``run`` and ``seq``. ``stream``: the run, where the handler knows it; else the session
    of ``user`` in ``project`` at ``at``.
    """

    # Without indexes of their own: an edit waits for every index that its event is put into, and who deletes a person
    # or a project, which hardly anybody does, can wait until all events were looked at.
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    stream = models.UUIDField(_("stream"), null=True)
    kind = models.CharField(_("kind"), max_length=20)
    payload = models.JSONField(_("payload"))
    at = models.DateTimeField(_("time"))
    run = models.ForeignKey(
        TrackingRun,
        verbose_name=_("run"),
        null=True,
        on_delete=models.CASCADE,
        related_name="events",
        db_index=False,  # tracking_event_place begins with it
    )
    seq = models.BigIntegerField(_("number in its run"), null=True)

    if TYPE_CHECKING:
        user_id: int | None
        project_id: int | None
        run_id: uuid.UUID | None

    class Meta:
        verbose_name = _("tracking event")
        verbose_name_plural = _("tracking events")
        ordering = ["pk"]
        constraints = [
            # Nothing of what is not placed yet.
            models.UniqueConstraint(
                fields=["run", "seq"], condition=Q(run__isnull=False), name="tracking_event_place"
            ),
            models.CheckConstraint(
                condition=Q(run__isnull=True, seq__isnull=True) | Q(run__isnull=False, seq__isnull=False),
                name="tracking_event_placed_whole",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(run__isnull=True), name="tracking_event_to_place")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class TrackingRelay(models.Model):
    """The one row that says who delivers, and how that goes."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    holder = models.UUIDField(_("holder"), null=True)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    problem = models.TextField(_("problem"), blank=True, default="")

    class Meta:
        verbose_name = _("tracking relay")
        verbose_name_plural = _("tracking relays")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="tracking_relay_is_one")]

    def __str__(self) -> str:
        return str(self.holder)
