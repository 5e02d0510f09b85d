import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotate.tracking.relay import relay_until


class Command(BaseCommand):
    help = (
        "Tells MLflow what happens, until it is stopped. The worker does this by itself, except with Celery."
    )
    requires_system_checks: list[str] = []  # a database that is away is waited for

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.MLFLOW_URL:
            raise CommandError(
                "Where is MLflow? Set HITL_MLFLOW_URL, for example http://127.0.0.1:5001/mlflow"
            )
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        relay_until(stop)
