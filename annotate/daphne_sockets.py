"""Makes Daphne's WebSockets light: what everybody gets is encoded once, an open socket forgets its handshake.

Daphne 4.2 by itself encodes and frames every text again for every socket; the short-lived copies leave holes in the
heap, so that an idle socket costs half as much again. And it keeps for as long as a socket lives the HTTP
channel and request that it came by, with all headers twice.

Relies on names of Autobahn, Daphne and Twisted that are not public; tests/sync/test_daphne_sockets.py watches them.
"""

from functools import lru_cache

import daphne.server
import daphne.ws_protocol
from autobahn.websocket.protocol import PreparedMessage

SHARED_TEXTS = 8
"""Texts whose frames are kept. One is not enough: what everybody gets is sent between what each gets alone."""


@lru_cache(maxsize=SHARED_TEXTS)
def framed(text: str) -> PreparedMessage:
    """A server's message: unmasked, one frame, never compressed."""
    return PreparedMessage(text.encode(), isBinary=False, applyMask=False, doNotCompress=True)


class LightSocket(daphne.ws_protocol.WebSocketProtocol):  # type: ignore[misc]
    def onOpen(self) -> None:
        super().onOpen()
        self.forget_handshake()

    def forget_handshake(self) -> None:
        """The application has read the headers before it accepted; of the request only the path is used again."""
        self.clean_headers.clear()
        self.request.headers.clear()  # the same dictionary as http_headers
        self.http_request_data = self.http_response_data = None
        # Until now the HTTP channel, and with it the request, is who must stop reading while nothing can be written.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.transport, True)

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:
        if isinstance(content, bytes) or self.state != self.STATE_OPEN:
            super().serverSend(content, binary)
        else:
            self.sendPreparedMessage(framed(content))


class LightFactory(daphne.ws_protocol.WebSocketFactory):  # type: ignore[misc]
    protocol = LightSocket


def install() -> None:
    """From now on Daphne works as described above. Before a server is made."""
    daphne.server.WebSocketFactory = LightFactory
