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
    """Answers every A question with ``addresses``, which may change while it runs."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
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
                self._socket.sendto(self._answer(question), sender)
            except OSError:
                return  # closed

    def _answer(self, question: bytes) -> bytes:
        addresses = self.addresses
        header = question[:2] + struct.pack(">HHHHH", ANSWER, 1, len(addresses), 0, 0)
        records = b"".join(ADDRESS_RECORD + socket.inet_aton(address) for address in addresses)
        return header + question[HEADER_BYTES:] + records
