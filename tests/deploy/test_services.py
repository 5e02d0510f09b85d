"""The temporary servers that the fault tests lean on keep their promises."""

import psycopg
import pytest
import redis

from tests.services import PostgresServer, RedisServer

pytestmark = pytest.mark.faults


@pytest.mark.skipif(not PostgresServer.available(), reason="PostgreSQL is not installed")
def test_it_keeps_committed_rows_over_a_crash_and_is_reachable_at_the_same_address() -> None:
    with PostgresServer() as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept (id int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        server.restart(mode="immediate")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url, connect_timeout=2)
        server.start()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT id FROM kept").fetchall() == [(7,)]
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        folder = server.folder
    assert not folder.exists()


@pytest.mark.skipif(not RedisServer.available(), reason="Redis is not installed")
def test_it_pauses_and_resumes_and_forgets_when_killed() -> None:
    with RedisServer(password="s3cret") as server:
        client = redis.Redis.from_url(server.url, socket_timeout=0.3, retry=None)
        client.set("key", "value")
        server.pause()
        with pytest.raises(redis.TimeoutError):
            client.get("key")
        server.resume()
        client.close()
        assert client.get("key") == b"value"
        server.kill()
        server.start()
        assert client.get("key") is None
        client.close()
