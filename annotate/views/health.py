"""Whether the process lives, and whether it can do its work."""

import asyncio
import secrets
import shutil
import uuid

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from ..tracking.lag import lag_report

LAYER_SECONDS = 2.0


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers: no database, no anything."""
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def check_database() -> list[str]:
    """Names of what fails of ``database`` and ``migrations``."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return ["database"]
    return ["migrations"] if pending else []


async def check_channel_layer() -> list[str]:
    """Sends a message to itself through the channel layer."""
    layer = get_channel_layer()
    if layer is None:
        return ["channel_layer"]
    token = uuid.uuid4().hex
    try:
        async with asyncio.timeout(LAYER_SECONDS):
            channel = await layer.new_channel()
            await layer.send(channel, {"type": "readiness", "token": token})
            answer = await layer.receive(channel)
    except (OSError, RedisError):  # TimeoutError is an OSError
        return ["channel_layer"]
    return [] if answer.get("token") == token else ["channel_layer"]


def check_disk() -> list[str]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    return [] if free >= settings.MIN_FREE_BYTES else ["disk"]


def may_see_details(request: HttpRequest) -> bool:
    """Staff, or whoever sends HITL_HEALTH_TOKEN in X-Health-Token."""
    token = settings.HEALTH_TOKEN
    if token and secrets.compare_digest(request.headers.get("X-Health-Token", "").encode(), token.encode()):
        return True
    try:
        return bool(request.user.is_authenticated and request.user.is_staff)
    except DatabaseError:
        return False


@require_safe
async def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, migrations, channel layer and disk are good, else 503; names only for insiders."""
    failing = await sync_to_async(check_database)()
    failing += await check_channel_layer()
    failing += await sync_to_async(check_disk)()
    body: dict[str, object] = {"status": "unavailable" if failing else "ready"}
    if await sync_to_async(may_see_details)(request):
        body["failing"] = failing
        if "database" not in failing and "migrations" not in failing:
            body["tracking"] = await sync_to_async(lag_report)(timezone.now())
    response = JsonResponse(body, status=503 if failing else 200)
    response["Cache-Control"] = "no-store"
    return response
