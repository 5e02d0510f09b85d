"""What a worker tells of a frame is what the channel layer would send; and a Redis that is away costs nothing."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from channels.layers import channel_layers, get_channel_layer
from pytest_django.fixtures import Settings
from redis import Redis

from annotate.sync import fanout, poking
from tests.services import RedisServer, free_port

FRAME = 4711
GROUP = fanout._frame_group(FRAME)

pytestmark = pytest.mark.redis


def use(url: str, settings: Settings) -> None:
    settings.REDIS_URL = url
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": [url], "prefix": "hitl"}}}


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    channel_layers.backends.clear()
    poking.connection.cache_clear()
    monkeypatch.setattr(poking, "_quiet_until", 0.0)
    monkeypatch.setattr(fanout, "_per_loop", {})
    yield
    channel_layers.backends.clear()
    poking.connection.cache_clear()


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    if not RedisServer.available():
        pytest.skip("Redis is not installed (apt-get install redis-server)")
    with RedisServer() as server:
        yield server


def heard(url: str, group: str, tell: "object") -> tuple[bytes, bytes]:
    """Channel and bytes of the message that ``tell`` sends."""
    with Redis.from_url(url) as client, client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.psubscribe("*")
        listener.get_message(timeout=2)
        tell()  # type: ignore[operator]
        message = listener.get_message(timeout=2)
    assert message is not None
    return message["channel"], message["data"]


def test_it_sends_what_the_channel_layer_would(redis: RedisServer, settings: Settings) -> None:
    use(redis.url, settings)
    message = {"type": "frame", "src": "pid1", "frame": FRAME, "kind": "poke"}
    ours = heard(redis.url, GROUP, lambda: poking.poke(GROUP, message))
    theirs = heard(redis.url, GROUP, lambda: asyncio.run(get_channel_layer().group_send(GROUP, message)))
    assert ours == theirs


async def test_who_listens_through_the_layer_hears_it(redis: RedisServer, settings: Settings) -> None:
    use(redis.url, settings)
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    await asyncio.to_thread(fanout.announce, FRAME)
    message = await asyncio.wait_for(layer.receive(channel), 5)
    assert (message["type"], message["kind"], message["frame"]) == ("frame", "poke", FRAME)
    await layer.flush()


def test_one_connection_serves_all(redis: RedisServer, settings: Settings) -> None:
    use(redis.url, settings)
    with Redis.from_url(redis.url) as client:
        fanout.announce(FRAME)
        before = client.info()["total_connections_received"]
        for _ in range(50):
            fanout.announce(FRAME)
        assert client.info()["total_connections_received"] == before


def test_a_redis_that_was_restarted_is_told_again(settings: Settings) -> None:
    if not RedisServer.available():
        pytest.skip("Redis is not installed (apt-get install redis-server)")
    with RedisServer() as server:
        use(server.url, settings)
        fanout.announce(FRAME)
        server.restart()
        assert (
            heard(server.url, GROUP, lambda: fanout.announce(FRAME))[0] == b"hitl__group__" + GROUP.encode()
        )


def test_a_redis_that_is_away_keeps_nobody_waiting(settings: Settings) -> None:
    use(f"redis://127.0.0.1:{free_port()}/0", settings)
    began = time.monotonic()
    for _ in range(1000):
        fanout.announce(FRAME)
    assert time.monotonic() - began < 2
