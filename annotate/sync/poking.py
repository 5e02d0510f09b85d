"""Telling web servers of a frame from a process without an event loop: one PUBLISH on a connection that stays open.

By way of the channel layer each message would take a new event loop, a new layer and a new connection. What goes over
Redis is what the layer would send, to the byte (tests/sync/test_poking.py).
"""

import logging
import time
from functools import cache
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

TIMEOUT_S = 0.5
PAUSE_S = 5.0
"""So long nobody is asked after a failure: a batch must not wait for a Redis that is away, picture by picture."""

_quiet_until = 0.0


@cache
def connection() -> Redis:
    """For all threads of the process."""
    return Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


def channel_of(group: str) -> str:
    """The Redis channel that the members of a group listen to (channels_redis.pubsub)."""
    return f"{settings.CHANNEL_LAYERS['default']['CONFIG']['prefix']}__group__{group}"


def poke(group: str, message: dict[str, Any]) -> None:
    """A message that is lost costs a second: the tail check finds what it was about."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        connection().publish(channel_of(group), get_channel_layer().serialize(message))
    except (RedisError, OSError) as error:
        _quiet_until = time.monotonic() + PAUSE_S
        logger.warning("Redis does not answer, open screens see what is new a second later: %r", error)
