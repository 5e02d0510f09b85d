"""One relay at a time, whatever number of workers there is: a lease in the database, renewed now and then."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet

from ..models import TrackingRelay

LEASE = timedelta(seconds=30)
RENEW_AFTER = timedelta(seconds=10)
"""Not with every round or call: each write is one more that edits wait for on SQLite."""


class Lost(Exception):
    """Another relay has taken over, or had: what we know of the runs may be old."""


class Lease:
    def __init__(self, now: Callable[[], datetime], inherit: Callable[[], None] = lambda: None) -> None:
        """``inherit``: what whoever takes over from one that did not give it back has to write down."""
        self.inherit = inherit
        self.holder = uuid4()
        self.now = now
        self.is_held = False
        self._renewed: datetime | None = None

    def take(self) -> bool:
        """Whether we are the relay, for two thirds of LEASE at least."""
        now = self.now()
        if self._is_young(now):
            return True
        if not TrackingRelay.objects.filter(pk=1).exists():
            TrackingRelay.objects.get_or_create(pk=1)
        gone = Q(holder__isnull=True) | Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        free = TrackingRelay.objects.filter(gone | Q(holder=self.holder), pk=1)
        # Looked at before it is written, so that one who only waits takes no lock.
        holders = list(free.values_list("holder", flat=True))
        self.is_held = bool(holders) and self._take_from(holders[0], free, now)
        self._renewed = now
        return self.is_held

    def _take_from(self, before: UUID | None, free: QuerySet[TrackingRelay], now: datetime) -> bool:
        """One transaction: whoever ends in the middle of it has taken nothing, and the next one inherits."""
        with transaction.atomic():
            if free.update(holder=self.holder, lease_until=now + LEASE) != 1:
                return False
            if before not in (None, self.holder):
                self.inherit()
        return True

    def _is_young(self, now: datetime) -> bool:
        return self.is_held and self._renewed is not None and now - self._renewed < RENEW_AFTER

    def keep(self) -> None:
        """In the middle of a run. Raises Lost, also where it was taken from us and is free again: who had it may have
        created what we were about to."""
        now = self.now()
        if self._is_young(now):
            return
        mine = TrackingRelay.objects.filter(pk=1, holder=self.holder)
        self.is_held = mine.update(lease_until=now + LEASE) == 1
        self._renewed = now
        if not self.is_held:
            raise Lost

    def hold(self) -> bool:
        """Inside a transaction: whether it is still ours, and stays so until the end of the transaction."""
        return TrackingRelay.objects.select_for_update().filter(pk=1, holder=self.holder).exists()

    def give_back(self) -> None:
        self.is_held = False
        TrackingRelay.objects.filter(pk=1, holder=self.holder).update(holder=None, lease_until=None)

    def note_failure(self, problem: str) -> None:
        mine = TrackingRelay.objects.filter(pk=1, holder=self.holder)
        mine.filter(failing_since__isnull=True).update(failing_since=self.now())
        mine.update(failures=F("failures") + 1, problem=problem[:500])

    def note_success(self) -> None:
        failing = TrackingRelay.objects.filter(pk=1, holder=self.holder, failures__gt=0)
        failing.update(failures=0, failing_since=None, problem="")
