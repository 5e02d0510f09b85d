"""Celery as the carrier of jobs (HITL_JOB_ENGINE=celery): a queue per lane on Redis, and nothing else.

A message is the id of a row of Job. The row decides: who claims it runs it (queue.claim), its lease tells whether
somebody still does, and a message that Redis loses, holds back or delivers twice changes nothing. So none of Celery's
own retries, acknowledgements and results are used.
"""

import logging
import threading
from typing import Any
from uuid import UUID

from celery import Celery
from celery.signals import setup_logging, worker_ready, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from kombu.exceptions import OperationalError

from .. import pulse
from . import queue
from .minding import mind_until
from .registry import WORK, kinds_of
from .runner import EXPIRED_EVERY_S, run_claimed
from .worker import give_way_to_people

logger = logging.getLogger(__name__)

RUN = "annotate.run_job"
UNHEARD_S = 5.0
"""A job that has waited this long for its message gets another one."""

app = Celery("hitl", broker=settings.REDIS_URL)
app.conf.update(
    task_ignore_result=True,
    task_acks_late=False,  # Redis would deliver a long job again after its visibility timeout
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 12 * 3600,
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
    },
    task_publish_retry=False,  # the sweeper sends again
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    event_queue_ttl=60,
    enable_utc=True,
)

stopping = threading.Event()


def send(job_id: str, lane: str) -> None:
    """Never fails: what Redis does not take is sent again by the workers' sweeper."""
    try:
        app.send_task(RUN, args=[job_id], queue=lane, ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning("job %s could not be sent, it will be found: %r", job_id, error)


@app.task(name=RUN)  # type: ignore[untyped-decorator]
def run_job(job_id: str) -> None:
    close_old_connections()
    try:
        job = queue.claim(list(WORK), UUID(job_id))
        if job is not None:
            run_claimed(job, stopping)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("the database cannot be reached; job %s waits: %s", job_id, error)
    finally:
        connections.close_all()


class Sweeper(threading.Thread):
    """Takes up jobs whose worker is gone, and sends what no message has reached. In every worker; they may overlap."""

    def __init__(self, lanes: list[str]) -> None:
        super().__init__(name="sweeper", daemon=True)
        self.lanes = lanes

    def run(self) -> None:
        while not stopping.wait(EXPIRED_EVERY_S):
            pulse.beat(f"sweeper-{'-'.join(self.lanes)}")
            try:
                close_old_connections()
                queue.requeue_expired()
                for lane in self.lanes:
                    for job_id in queue.overdue(kinds_of(lane), UNHEARD_S):
                        send(str(job_id), lane)
            except (DatabaseError, InterfaceError) as error:
                logger.warning("the database cannot be reached, trying again: %s", error)
                connections.close_all()


@setup_logging.connect  # type: ignore[untyped-decorator]
def leave_logging_alone(**_: Any) -> None:
    """It is set up by Django; a receiver keeps Celery from doing it again."""


@worker_ready.connect  # type: ignore[untyped-decorator]
def begin_sweeping(sender: Any, **_: Any) -> None:
    Sweeper(list(sender.app.amqp.queues.consume_from)).start()
    threading.Thread(target=mind_until, args=(stopping,), name="trainings", daemon=True).start()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def stop_jobs(**_: Any) -> None:
    """Running jobs put down their work at the next unit and go back to the queue."""
    stopping.set()


def run_worker(lanes: list[str], *, concurrency: int) -> int:
    """Until it is stopped; the exit status."""
    give_way_to_people()
    words = ["worker", "--queues", ",".join(lanes), "--pool", "threads", "--concurrency", str(concurrency)]
    flags = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    status: int | None = app.worker_main(["--quiet", *words, *flags, "--hostname", f"{'-'.join(lanes)}@%h"])
    return status or 0
