"""The outbox: what happened, written in the transaction in which it happened. The relay delivers it later."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..models import TrackingEvent
from ..sync import statements


class EventRow(Struct):
    """The columns of TrackingEvent that are known when something happens."""

    kind: str
    project_id: int | None
    user_id: int | None
    at: datetime
    payload: dict[str, Any]
    stream: UUID | None = None


def record(rows: Sequence[EventRow]) -> None:
    """One INSERT, none where there is nothing to tell. Reads nothing, so that it can travel in a pipeline."""
    statements.insert(TrackingEvent, rows)
