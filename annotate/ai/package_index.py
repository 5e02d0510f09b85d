"""A wheel from a Python package index without pip, which images do not have: PEP 503 and PEP 691.

PIP_INDEX_URL says which index, as it does for pip; a name and a password in it go to that host alone. What comes is not
believed: whoever takes a file out of the wheel knows its hash.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPResponse
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from .download import SourceFailed, chunks, opened

PUBLIC_INDEX = "https://pypi.org/simple"
JSON = "application/vnd.pypi.simple.v1+json"
ACCEPT = f"{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
PAGE_BYTES = 16 << 20
WHEEL_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Index:
    """``url``: without name and password, which are in ``authorization``, a header."""

    url: str
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, address: str) -> "Index":
        """From what PIP_INDEX_URL holds."""
        parts = urlsplit(address.strip() or PUBLIC_INDEX)
        person, _, host = parts.netloc.rpartition("@")
        encoded = base64.b64encode(unquote(person).encode()).decode() if person else ""
        url = urlunsplit((parts.scheme, host, f"{parts.path.rstrip('/')}/", "", ""))
        return cls(url, f"Basic {encoded}" if encoded else None)

    def opened(self, url: str, accept: str = "*/*") -> HTTPResponse:
        """Raises SourceFailed."""
        same_place = urlsplit(url)[:2] == urlsplit(self.url)[:2]
        return opened(url, accept=accept, authorization=self.authorization if same_place else None)


def download(package: str, version: str, folder: Path) -> Path:
    """The wheel of exactly this version, in ``folder``. Raises SourceFailed, OSError when the disk is full."""
    index = Index.of(os.environ.get("PIP_INDEX_URL", ""))
    url = _wheel_url(index, package, version)
    path = folder / "from-index.whl"
    with index.opened(url) as answer, path.open("wb") as file:
        for chunk in _at_most(answer, WHEEL_BYTES):
            file.write(chunk)
    return path


def _wheel_url(index: Index, package: str, version: str) -> str:
    with index.opened(f"{index.url}{_normal(package)}/", ACCEPT) as answer:
        page = b"".join(_at_most(answer, PAGE_BYTES))
        is_json = answer.headers.get_content_type() == JSON
        links = _json_links(page) if is_json else _html_links(page)
        for link in links:
            url = urljoin(answer.url, link)
            if _is_wheel_of(urlsplit(url).path, package, version):
                return urlunsplit(urlsplit(url)._replace(fragment=""))
    raise SourceFailed(f"the package index has no wheel of {package} {version}")


def _at_most(answer: IO[bytes], most: int) -> Iterator[bytes]:
    """Raises SourceFailed."""
    count = 0
    for chunk in chunks(answer):
        count += len(chunk)
        if count > most:
            raise SourceFailed(f"the package index sends more than {most >> 20} MB")
        yield chunk


def _json_links(page: bytes) -> list[str]:
    try:
        return [str(file["url"]) for file in json.loads(page)["files"]]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceFailed("the package index answers with something else than its files") from error


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for name, value in attributes if name == "href" and value]


def _html_links(page: bytes) -> list[str]:
    parser = _Anchors()
    parser.feed(page.decode("utf-8", "replace"))
    return parser.links


def _is_wheel_of(path: str, package: str, version: str) -> bool:
    """Any of the version: what is taken out is the same file on every system."""
    name, _, rest = unquote(path.rpartition("/")[2]).partition("-")
    return rest.endswith(".whl") and _normal(name) == _normal(package) and rest.partition("-")[0] == version


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
