"""One request, repeated while that is harmless and may help."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from .errors import Unreachable, error_of

ATTEMPTS = 6
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
PASSING = {429, 502, 503, 504}
"""Statuses that a later attempt may not meet."""
CHUNK_BYTES = 1 << 18

Body = Callable[[], Iterator[bytes]]


class Transport:
    """``root``: address of the site. ``sleep`` is what waits between attempts."""

    def __init__(
        self, root: str, token: str, *, language: str = "en", sleep: Callable[[float], None] = time.sleep
    ) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        timeout = httpx.Timeout(30, read=300, write=300)
        self.http = httpx.Client(base_url=f"{root.rstrip('/')}/api/v1", headers=headers, timeout=timeout)
        self.sleep = sleep

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        file: Path | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A POST of JSON carries a key, so that repeating it does nothing twice; a file the server knows by its
        content. Raises ApiError, Unreachable."""
        words: dict[str, Any] = {"params": params, "headers": {**(headers or {})}}
        if json is not None or (method == "POST" and file is None):
            words["json"] = {} if json is None else json
            if method == "POST":
                words["headers"].setdefault("Idempotency-Key", uuid4().hex)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._once(method, path, words, file)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise Unreachable(f"{self.http.base_url.host} cannot be reached: {error}") from error
                self.sleep(pause_before(attempt))
                continue
            if not may_pass(response) or attempt == ATTEMPTS:
                break
            self.sleep(max(pause_before(attempt), asked_to_wait(response)))
        if response.is_success or response.status_code == 304:
            return response
        raise error_of(response)

    def _once(self, method: str, path: str, words: dict[str, Any], file: Path | None) -> httpx.Response:
        if file is None:
            return self.http.request(method, path, **words)
        size = str(file.stat().st_size)
        about = {**words["headers"], "Content-Type": "application/octet-stream", "Content-Length": size}
        return self.http.request(method, path, params=words["params"], headers=about, content=pieces(file))

    def download(self, path: str, to: Path, on_bytes: Callable[[int], None]) -> None:
        """Into a file beside ``to`` that takes its place when it is whole. Raises ApiError, Unreachable."""
        part = to.with_name(f"{to.name}.part")
        try:
            with self.http.stream("GET", path) as response:
                if not response.is_success:
                    response.read()
                    raise error_of(response)
                with part.open("wb") as file:
                    for piece in response.iter_bytes(CHUNK_BYTES):
                        file.write(piece)
                        on_bytes(len(piece))
            part.replace(to)
        except httpx.TransportError as error:
            raise Unreachable(f"the download broke off: {error}") from error
        finally:
            part.unlink(missing_ok=True)


def may_pass(response: httpx.Response) -> bool:
    """Whether a later attempt may go better: the server says when, or it was not the server who answered."""
    is_ours = response.headers.get("Content-Type", "").startswith("application/problem+json")
    return response.status_code in PASSING and ("Retry-After" in response.headers or not is_ours)


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


def pause_before(attempt: int) -> float:
    longest: float = min(FIRST_PAUSE_S * 2 ** (attempt - 1), LONGEST_PAUSE_S)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  (so that many clients do not come back at once)


def asked_to_wait(response: httpx.Response) -> float:
    text = str(response.headers.get("Retry-After", ""))
    return min(float(text), LONGEST_PAUSE_S) if text.isdigit() else 0.0
