"""One file of a request: a field of a form, or the body itself, which is never copied."""

import io
from functools import cached_property
from pathlib import Path
from typing import Protocol, cast

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import HttpRequest

from ..media import store
from ..media.ingest import clean_name
from ..media.scratch import MODE, ScratchFile, keep

HEAD_BYTES = 512


class IncomingFile(Protocol):
    """``head``: its first bytes. ``read`` or ``keep`` it once."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def head(self) -> bytes: ...

    def read(self) -> bytes:
        """All of it."""

    def keep(self, path: Path) -> None:
        """Puts it at ``path``, where it survives a crash. Raises OSError."""


class FormFile:
    """A file field of a form."""

    def __init__(self, file: "UploadedFile[bytes]") -> None:
        self.file = file
        self.name = clean_name(file.name or "")
        self.size = file.size or 0

    @cached_property
    def head(self) -> bytes:
        self.file.seek(0)
        return bytes(self.file.read(HEAD_BYTES))

    def read(self) -> bytes:
        self.file.seek(0)
        return bytes(self.file.read())

    def keep(self, path: Path) -> None:
        if isinstance(self.file, TemporaryUploadedFile):
            keep(cast(io.BufferedIOBase, self.file), Path(self.file.temporary_file_path()), path)
        else:
            store.write_file(path, self.read(), mode=MODE)


class BodyFile:
    """The body of a request is the file, its name is in the address."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.name = clean_name(request.GET.get("name", ""))
        self.size = int(request.META.get("CONTENT_LENGTH") or 0)

    @cached_property
    def head(self) -> bytes:
        return self.request.read(HEAD_BYTES)

    def read(self) -> bytes:
        return self.head + self.request.read()

    def keep(self, path: Path) -> None:
        received = getattr(self.request, "received", None)
        if isinstance(received, ScratchFile):  # long enough to be on the disk, by annotate/bodies.py
            keep(received, received.path, path)
        else:
            store.write_file(path, self.read(), mode=MODE)
