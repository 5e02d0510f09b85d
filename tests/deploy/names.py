"""A name server, standing in for the one that containers ask: replicas come and go behind one name."""

import socket
import struct
import threading
from typing import Self

HEADER_BYTES = 12
ADDRESS_RECORD = struct.pack(
    ">HHHLH", 0xC00C, 1, 1, 1, 4
)  # "the name asked for", A, IN, 1 s to live, 4 bytes
ANSWER = 0x8180  # a response, recursion done, no error


class NameServer:
    """Answers every A question with ``addresses``, which may be replaced while it runs.

    ``answered``: the very list that the last answer was made from.
    """

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        self.answered: list[str] | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                question, sender = self._socket.recvfrom(512)
                addresses = self.addresses
                self._socket.sendto(answer(question, addresses), sender)
                self.answered = addresses
            except OSError:
                return  # closed


def answer(question: bytes, addresses: list[str]) -> bytes:
    header = question[:2] + struct.pack(">HHHHH", ANSWER, 1, len(addresses), 0, 0)
    records = b"".join(ADDRESS_RECORD + socket.inet_aton(address) for address in addresses)
    return header + question[HEADER_BYTES:] + records
