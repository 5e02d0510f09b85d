"""What annotate/daphne_sockets.py changes; fails when a new Daphne, Autobahn or Twisted is built otherwise."""

import base64
import gc
import os
import weakref
from typing import Any

import daphne.server
import daphne.ws_protocol
import pytest
from twisted.internet.testing import StringTransport

from annotate import daphne_sockets
from annotate.daphne_sockets import SHARED_TEXTS, LightFactory, framed

TEXTS = ["{}", "é" * 62, "x" * 125, "x" * 126, "é" * 32_767, "x" * 65_536]


class Server:
    """As much of Daphne's server as a socket sees."""

    proxy_forwarded_address_header = None
    root_path = ""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []

    def create_application(self, _socket: object, scope: dict[str, Any]) -> Any:
        self.scopes.append(scope)
        return type("Queue", (), {"put_nowait": lambda *_: None})()

    def protocol_connected(self, _socket: object) -> None: ...
    def protocol_disconnected(self, _socket: object) -> None: ...
    def log_action(self, *_: object) -> None: ...


class HttpChannel:
    """Who is in charge of a connection until it is a socket."""

    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def stopProducing(self) -> None: ...


def handshaken(factory: Any, channel: HttpChannel | None = None) -> tuple[Any, Any]:
    transport: Any = StringTransport()  # type: ignore[no-untyped-call]
    transport.registerProducer(channel or HttpChannel(), True)
    socket = factory.buildProtocol(transport.getPeer())
    socket._raw_query_string = b""
    socket.makeConnection(transport)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = ["GET /ws/frames/1/ HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", "Cookie: hitl_session=secret", "", ""]
    socket.dataReceived("\r\n".join(lines).encode())
    return socket, transport


def opened(factory: Any, channel: HttpChannel | None = None) -> tuple[Any, Any]:
    socket, transport = handshaken(factory, channel)
    socket.handle_reply({"type": "websocket.accept"})
    assert transport.value().startswith(b"HTTP/1.1 101")
    transport.clear()
    return socket, transport


@pytest.fixture
def light() -> LightFactory:
    framed.cache_clear()
    return LightFactory(Server())


@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_a_text_looks_on_the_wire_as_daphne_itself_sends_it(text: str, light: LightFactory) -> None:
    said = {"type": "websocket.send", "text": text}
    sent = []
    for factory in (light, daphne.ws_protocol.WebSocketFactory(Server())):
        socket, transport = opened(factory)
        socket.handle_reply(said)
        sent.append(transport.value())
    assert sent[0] == sent[1] != b""


def test_what_everybody_gets_is_encoded_once_also_between_what_each_gets_alone(light: LightFactory) -> None:
    sockets = [opened(light)[0] for _ in range(20)]
    for number, socket in enumerate(sockets):
        for text in (f"welcome {number}", "snapshot", "the rest of it"):
            socket.handle_reply({"type": "websocket.send", "text": text})
    assert framed.cache_info().misses == len(sockets) + 2


def test_few_texts_are_kept(light: LightFactory) -> None:
    socket, _ = opened(light)
    for number in range(10 * SHARED_TEXTS):
        socket.handle_reply({"type": "websocket.send", "text": f"{number}"})
    assert framed.cache_info().currsize == SHARED_TEXTS


def test_an_open_socket_forgets_its_handshake(light: LightFactory) -> None:
    channel = HttpChannel()
    channel_lives = weakref.ref(channel)
    socket, transport = opened(light, channel)
    del channel
    gc.collect()
    assert channel_lives() is None
    assert light.server_class.scopes[0]["headers"] == []
    assert not [value for value in vars(socket).values() if "secret" in repr(value)]
    assert transport.producer is transport, "whoever does not read is not read from either"


def test_until_it_is_accepted_the_application_sees_all_of_it(light: LightFactory) -> None:
    socket, _ = handshaken(light)
    assert dict(light.server_class.scopes[0]["headers"])[b"cookie"] == b"hitl_session=secret"
    socket.handle_reply({"type": "websocket.close"})


def test_nothing_is_sent_on_a_socket_that_is_closing(light: LightFactory) -> None:
    socket, transport = opened(light)
    socket.handle_reply({"type": "websocket.close", "code": 4401})
    transport.clear()
    with pytest.raises(Exception, match="closed"):
        socket.handle_reply({"type": "websocket.send", "text": "late"})
    assert transport.value() == b""


def test_daphne_makes_its_sockets_by_the_name_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daphne.server, "WebSocketFactory", None)
    daphne_sockets.install()
    assert daphne.server.WebSocketFactory is LightFactory
    assert "WebSocketFactory" in daphne.server.Server.run.__code__.co_names
