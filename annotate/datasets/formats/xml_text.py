"""Text for XML files that are written."""

import re

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML cannot say, not even escaped; and those it discourages."""
ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
    "\r": "&#13;",
    "\t": "&#9;",
}
SPECIAL = re.compile('[&<>"\n\r\t]')


def escaped(value: object) -> str:
    """For text and for values in double quotes; an illegal character becomes U+FFFD."""
    text = ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return SPECIAL.sub(lambda found: ESCAPES[found[0]], text)


def tag(name: str, value: object) -> str:
    return f"<{name}>{escaped(value)}</{name}>"


def attribute_text(value: object) -> str:
    """An attribute of a box as CVAT and others write it: true, false, numbers and text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
