"""The files that DVC reads, byte for byte as it writes them (3.x): pure texts, no DVC needed.

A file is kept under the md5 of its bytes. A folder is a listing of its files, kept under the md5 of the listing with
``.dir`` behind it. A pointer (``images.dvc``), which git keeps, names a listing.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii

LISTING_SUFFIX = ".dir"
EMPTY_LISTING = b"[]"
ENTRY, BETWEEN = b'{"md5": "', b", "
"""How an entry of a listing begins. No name of a file has that in it: its quotes are escaped."""
NAME_AFTER = len(ENTRY) + 32 + len(b'", "relpath": ')


@dataclass(frozen=True, slots=True)
class Listing:
    """``md5``: with its suffix, the name of the folder's content. ``files``: how many; ``size``: bytes of all."""

    md5: str
    files: int
    size: int


def md5_of(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def edited_listing(listing: bytes, changes: Mapping[str, str | None]) -> bytes:
    """As json.dumps(…, sort_keys=True) of its entries in the order of their names would say it. ``changes``: the md5 of
    a file by its name, None for one that goes.

    Only what changes is looked at: the place of a name is found by halving, so that of a listing of 100,000 files all
    that takes time is to copy its bytes.
    """
    body = listing[1:-1] + BETWEEN if len(listing) > len(EMPTY_LISTING) else b""
    rest, done = memoryview(body), 0
    pieces: list[bytes | memoryview] = []
    for name in sorted(changes):
        begin, end = place_in(body, name, done)
        md5 = changes[name]
        said = f'{{"md5": "{md5}", "relpath": {encode_basestring_ascii(name)}}}, '.encode() if md5 else b""
        pieces += [rest[done:begin], said]
        done = end
    pieces.append(rest[done:])
    return b"[%b]" % b"".join(pieces)[: -len(BETWEEN)]


def place_in(body: bytes, name: str, low: int) -> tuple[int, int]:
    """Where the entry of this name is, with what is behind it, or where it would be: both numbers are the same then.
    ``body``: entries in the order of their names, each with BETWEEN behind it. ``low``: where one begins."""
    high = len(body)
    while low < high:
        begin = body.rfind(ENTRY, low, (low + high) // 2 + len(ENTRY))
        following = body.find(ENTRY, begin + 1)
        end = len(body) if following == -1 else following
        found = name_in(body[begin + NAME_AFTER : end - len(BETWEEN) - 1])
        if found == name:
            return begin, end
        low, high = (end, high) if found < name else (low, begin)
    return low, low


def name_in(said: bytes) -> str:
    """A text of JSON."""
    found: str = json.loads(said) if b"\\" in said else said[1:-1].decode()
    return found


def files_in(listing: bytes) -> dict[str, str]:
    """The md5 of each file by its name. Raises ValueError for what is no listing."""
    entries = json.loads(listing)
    try:
        if isinstance(entries, list):
            return {entry["relpath"]: entry["md5"] for entry in entries}
    except (KeyError, TypeError) as error:
        raise ValueError("this is no listing of a folder") from error
    raise ValueError("this is no listing of a folder")


def pointer_of(listing: Listing, folder: str) -> str:
    return (
        f"outs:\n- md5: {listing.md5}\n  size: {listing.size}\n  nfiles: {listing.files}\n"
        f"  hash: md5\n  path: {folder}\n"
    )


def settings_text(sections: Mapping[str, Mapping[str, str]]) -> str:
    """A file of settings. ``sections``: by name, as in ``remote "storage"``. Values have no quotes or line ends."""
    lines = []
    for name, values in sections.items():
        lines.append(f"['{name}']" if " " in name else f"[{name}]")
        lines += [
            f"    {key} = {value if is_plain(value) else quoted(value)}" for key, value in values.items()
        ]
    return "\n".join(lines) + "\n"


def is_plain(value: str) -> bool:
    return value.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum()


def quoted(value: str) -> str:
    if any(character in value for character in "\"'\r\n"):
        raise ValueError("a value with a quote or a line end cannot be written")
    return f'"{value}"'
