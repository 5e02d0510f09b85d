"""The files of a frame as answers: its image and its thumbnail."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from ..jobs.thumbnail import ask_for_thumbnail
from ..media import store, thumbnails
from ..media.connection import let_go
from ..models import Frame

logger = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 16
MAX_AGE_S = 600
ASK_AGAIN_S = 2
# Only ever an image: should a browser make anything else of it, it may do nothing and reach nothing.
POLICY = "default-src 'none'; sandbox"
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class StoredFile(FileResponse):
    """A file sent in pieces. Django reads all of a file before it sends the first byte under ASGI."""

    def __init__(self, file: IO[bytes], media_type: str) -> None:
        super().__init__(file, content_type=media_type)
        self.stored = file

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await asyncio.to_thread(self.stored.read, CHUNK_BYTES):
            yield piece


def file_response(
    request: HttpRequest, path: Path, *, tag: str, media_type: str, name: str
) -> HttpResponseBase:
    """200 with the file, or 304 where the browser has it already. Raises FileNotFoundError.

    What is behind an address never changes, ``tag`` names it by its content. Browsers may keep it, nobody else
    may (private), and for ten minutes only: then they ask again, which asks for the right again. Vary: Cookie keeps
    the copy from whoever signs in next on the same browser.
    """
    etag = f'"{tag}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        response = StoredFile(path.open("rb"), media_type)
        response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response["ETag"] = etag
    response["Cache-Control"] = f"private, max-age={MAX_AGE_S}"
    response["Vary"] = "Cookie"
    response["Content-Security-Policy"] = POLICY
    let_go()  # sending may take as long as the reader likes
    return response


def image_of(request: HttpRequest, frame: Frame) -> HttpResponseBase | None:
    """The image as stored; None where the store has lost it."""
    name = f"image-{frame.pk}.{ENDINGS.get(frame.media_type, 'bin')}"
    media_type = frame.media_type if frame.media_type in ENDINGS else "application/octet-stream"
    try:
        path = store.path_for(frame.md5)
        return file_response(request, path, tag=frame.md5, media_type=media_type, name=name)
    except FileNotFoundError:
        logger.error("the image of frame %d is not in the store: %s", frame.pk, frame.md5)
        return None


def thumbnail_of(request: HttpRequest, frame: Frame) -> HttpResponseBase:
    """The small picture; 202 without one while it is being made, which is never done here."""
    path = thumbnails.path_if_made(frame.md5)
    if path is not None:
        tag, name = f"small-{frame.md5}", f"image-{frame.pk}-small.webp"
        try:
            return file_response(request, path, tag=tag, media_type=thumbnails.MEDIA_TYPE, name=name)
        except FileNotFoundError:
            logger.info("the thumbnail of frame %d went away just now", frame.pk)
    ask_for_thumbnail(frame)
    return being_made()


def being_made() -> HttpResponse:
    """No picture, so that whoever asked notices; the pages draw a neutral one meanwhile and ask again."""
    headers = {"Retry-After": str(ASK_AGAIN_S), "Cache-Control": "private, no-store"}
    return HttpResponse(
        status=202, content_type="text/plain", headers={**headers, "Content-Security-Policy": POLICY}
    )
