"""Opens an address of the web, and gives up soon where nobody answers. Proxies and trusted authorities come from the
environment, as everywhere: HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE.
"""

import http.client
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import IO
from urllib.parse import urlsplit

CONNECT_TIMEOUT_S = 3.0  # where there is no internet this is what each source costs
READ_TIMEOUT_S = 30.0  # without a byte
CHUNK_BYTES = 1 << 18


class SourceFailed(Exception):
    """Of one source; the text is for the person."""


class _Soon(http.client.HTTPConnection):
    """Gives up soon where nobody answers, but waits for a slow answer."""

    def connect(self) -> None:
        self.timeout = CONNECT_TIMEOUT_S
        super().connect()
        self.sock.settimeout(READ_TIMEOUT_S)


class _SoonSecure(_Soon, http.client.HTTPSConnection):
    pass


class _Http(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_Soon, request)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_SoonSecure, request)


def opened(url: str, *, accept: str = "*/*", authorization: str | None = None) -> HTTPResponse:
    """The answer, to be read and closed. ``authorization``: not sent on when another address is named instead.

    Raises SourceFailed: also for what is no http or https address.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise SourceFailed("its address is no address of the web")
    request = urllib.request.Request(url, headers={"User-Agent": "hitl", "Accept": accept})  # noqa: S310  (checked)
    if authorization is not None:
        request.add_unredirected_header("Authorization", authorization)
    try:
        answer: HTTPResponse = urllib.request.build_opener(_Http, _Https).open(
            request, timeout=CONNECT_TIMEOUT_S
        )
    except (OSError, http.client.HTTPException) as error:
        raise SourceFailed(reason(error)) from error
    return answer


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """All of it, piece by piece. Raises SourceFailed when it breaks off."""
    try:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
    except (OSError, http.client.HTTPException, zipfile.BadZipFile) as error:
        raise SourceFailed(f"it broke off ({reason(error)})") from error


def reason(error: Exception) -> str:
    """One line of why."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return " ".join(str(cause).split()) or type(error).__name__
