import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from annotate.webhooks.delivering import deliver_until


class Command(BaseCommand):
    help = "Delivers webhooks until it is stopped. The worker does this by itself, except with Celery."
    requires_system_checks: list[str] = []  # a database that is away is waited for

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        deliver_until(stop)
