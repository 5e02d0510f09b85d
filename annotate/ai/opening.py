"""A model that stays open for one picture after the other, wherever it runs."""

from typing import Protocol

from .apart import Apart
from .detector import Answer, Info, Request
from .here import Here
from .limits import Limits, Wait
from .loading import Order


class Opened(Protocol):
    """Not thread-safe: one call at a time (warm.py sees to it)."""

    @property
    def info(self) -> Info: ...

    @property
    def is_open(self) -> bool:
        """Whether it can look. Not after it was stopped, or its process has ended."""
        ...

    def look(self, data: bytes, request: Request, wait: Wait) -> Answer | None:
        """``data``: an image file; None where it cannot be read. Closes what takes too long, and what ``wait`` stops.

        Raises ModelError, and what ``wait`` raises.
        """
        ...

    def close(self) -> None: ...


def opened(order: Order, limits: Limits, wait: Wait) -> Opened:
    """What ONNX Runtime runs is kept in this process. Everything else has one of its own: ``.pt`` files are programs,
    and other runtimes cannot be stopped. Raises ModelError, OSError, and what ``wait`` raises."""
    return Here(order, limits, wait) if order.is_for_onnx_runtime else Apart(order, limits, lambda _: wait())
