"""The files that DVC reads, byte for byte as it writes them (3.x): pure texts, no DVC needed.

A file is kept under the md5 of its bytes. A folder is a listing of its files, kept under the md5 of the listing with
``.dir`` behind it. A pointer (``images.dvc``), which git keeps, names a listing.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii

LISTING_SUFFIX = ".dir"


@dataclass(frozen=True, slots=True)
class Listing:
    """``md5``: with its suffix, the name of the folder's content. ``files``: how many; ``size``: bytes of all."""

    md5: str
    files: int
    size: int
    data: bytes


def md5_of(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def listing_of(entries: Iterable[tuple[str, str]], size: int) -> Listing:
    """``entries``: name within the folder and md5. ``size``: of all the files, in bytes."""
    ordered = sorted(entries)
    # json.dumps(…, sort_keys=True) says the same and takes three times as long.
    said = [f'{{"md5": "{md5}", "relpath": {encode_basestring_ascii(name)}}}' for name, md5 in ordered]
    data = f"[{', '.join(said)}]".encode()
    return Listing(md5_of(data) + LISTING_SUFFIX, len(ordered), size, data)


def files_in(listing: bytes) -> dict[str, str]:
    """The md5 of each file by its name. Raises ValueError for what is no listing."""
    try:
        return {entry["relpath"]: entry["md5"] for entry in json.loads(listing)}
    except (KeyError, TypeError) as error:
        raise ValueError("this is no listing of a folder") from error


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
