"""JSON files larger than memory, one element of their large lists at a time.

The standard decoder (in C) takes one element out of a buffer that is refilled. No element may be larger than
LARGEST_ELEMENT and none deeper than the decoder's own limit, so a hostile file costs a bounded amount of memory.
"""

import json
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from .files import cannot, text_of

CHUNK = 1 << 16
LARGEST_ELEMENT = 16 * 1024 * 1024
CUT_OFF = 16
"""A syntax error this close to the end of the buffer may only mean that the rest has not been read yet."""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


class JsonStream:
    """``file`` is read from its start; ``name`` is for errors. Everything raises CannotRead, and OSError of the disk.

    Read either the members of the outer object or the elements of the outer list, to the end.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.file = text_of(file)
        self.name = name
        self.buffer = ""
        self.at = 0
        self.place = ""
        self.decoder = json.JSONDecoder(parse_constant=_no_constant)

    def members(self) -> Iterator[str]:
        """The keys of the outer object. Before the next key the value is taken: ``value``, ``items`` or ``skip``."""
        self._take("{")
        if self.peek() == "}":
            self._take("}")
        else:
            while True:
                key = self.value()
                if not isinstance(key, str):
                    self._fail("bad_json")
                self._take(":")
                self.place = key[:40]
                yield key
                self.place = ""
                if self._take(",}") == "}":
                    break
        self.finish()

    def items(self) -> Iterator[tuple[int, Any]]:
        """Place from 0 and value of each element of the list that comes next."""
        self._take("[")
        outer, index = self.place, 0
        if self.peek() == "]":
            self._take("]")
            return
        while True:
            self.place = f"{outer}[{index}]"
            yield index, self.value()
            index += 1
            if self._take(",]") == "]":
                break
        self.place = outer

    def value(self) -> Any:
        """The next value as a whole."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.buffer, self.at)
            except RecursionError:
                self._fail("json_too_deep", limit=1000)
            except json.JSONDecodeError as error:
                if self._is_final(error) or not self._more():
                    self._fail("bad_json")
                continue
            except ValueError:  # a constant, or a number of thousands of digits
                self._fail("bad_json")
            if end == len(self.buffer) and self._more():
                continue  # a number may go on
            self.at = end
            return value

    def skip(self) -> None:
        """What nobody reads, however long."""
        if self.peek() == "[":
            for _ in self.items():
                pass
        else:
            self.value()

    def finish(self) -> None:
        """After the outer value nothing may follow."""
        if self.peek():
            self._fail("bad_json")

    def peek(self) -> str:
        """The next character that is no white space, "" at the end of the file."""
        while True:
            while self.at < len(self.buffer):
                char = self.buffer[self.at]
                if char not in " \t\r\n":
                    return char
                self.at += 1
            if not self._more():
                return ""

    def _take(self, allowed: str) -> str:
        char = self.peek()
        if not char or char not in allowed:
            self._fail("bad_json")
        self.at += 1
        return char

    def _is_final(self, error: json.JSONDecodeError) -> bool:
        return not error.msg.startswith("Unterminated string") and error.pos < len(self.buffer) - CUT_OFF

    def _more(self) -> bool:
        """Doubles what is held, so that a large element is not decoded again for every piece."""
        rest = self.buffer[self.at :]
        if len(rest) > LARGEST_ELEMENT:
            self._fail("too_large", limit=LARGEST_ELEMENT)
        try:
            chunk = self.file.read(max(CHUNK, len(rest)))
        except UnicodeDecodeError:
            self._fail("not_text")
        self.buffer, self.at = rest + chunk, 0
        return bool(chunk)

    def _fail(self, code: str, **values: int) -> NoReturn:
        raise cannot(self.name, self.place, code, **values) from None
