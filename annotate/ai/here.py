"""A detector that stays loaded in this process, in a thread that can be stopped. Only for what ONNX Runtime runs: its
files are no programs, and it ends a picture within milliseconds when it is asked to.
"""

from .detector import Answer, Request
from .limits import Limits, Wait, within
from .loading import Order
from .pictures import decoded


class Here:
    """An Opened (opening.py)."""

    def __init__(self, order: Order, limits: Limits, wait: Wait) -> None:
        """Raises ModelError, OSError, and what ``wait`` raises."""
        self._limits = limits
        self._detector = within(limits.load_s, order.load_onnx, late=limits.loading, wait=wait)
        self.info = self._detector.info
        self.is_open = True

    def look(self, data: bytes, request: Request, wait: Wait) -> Answer | None:
        """See Opened."""
        picture = decoded(data)
        if picture is None:
            return None
        return within(
            self._limits.picture_s,
            lambda: self._detector.detect([picture], request),
            late=self._limits.looking,
            wait=wait,
            stop=self.close,
        )

    def close(self) -> None:
        """Ends what goes on."""
        self.is_open = False
        self._detector.stop()
