"""The site as it is, whose process tells MLflow of edits after SIGUSR1, and does not after SIGUSR2."""

import signal

from bench.telling import tell
from hitlsite.asgi import application

__all__ = ["application"]
signal.signal(signal.SIGUSR1, lambda *_: tell(True))
signal.signal(signal.SIGUSR2, lambda *_: tell(False))
