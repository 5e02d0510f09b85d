"""The files of the interface, in front of Django: a first visit asks for some 170 of them, and none needs a session.

WhiteNoise keeps the table and decides what is answered (types, caching, compressed twins, ranges). As a middleware it
would be asked by Django, and answer from a thread; here a file costs a fraction of that (docs/performance.md), which
live edits on the same event loop notice when a room full of people opens the editor.
"""

import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]


class StaticFiles:
    """Takes HTTP requests. Whatever is no file goes on to ``application``."""

    def __init__(self, application: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.application = application
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No directory at")  # STATIC_ROOT, which only images have
            self.table = WhiteNoiseMiddleware(nothing_behind)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self.find(scope["path"])
        if file is None:
            await self.application(scope, receive, send)
        else:
            await give(file, scope, send)

    def find(self, path: str) -> Any | None:
        """WhiteNoise's entry for the file."""
        if not path.startswith(settings.STATIC_URL):
            return None
        return self.table.find_file(path) if self.table.autorefresh else self.table.files.get(path)


async def give(file: Any, scope: Scope, send: Send) -> None:
    """Read at once: the largest of our files has 150 kB."""
    asked = {
        f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}": value.decode("latin-1")
        for name, value in scope["headers"]
    }
    response = file.get_response(scope["method"], asked)
    body = b""
    if response.file is not None:
        with response.file:
            body = response.file.read()
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": int(response.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


def nothing_behind(request: HttpRequest) -> HttpResponse:
    raise AssertionError("WhiteNoise is asked for its table alone")
