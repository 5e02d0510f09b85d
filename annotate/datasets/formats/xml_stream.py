"""XML files larger than memory, one record at a time. No DTD, no entity, nothing fetched; depth and size limited."""

from collections import deque
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element
from xml.parsers import expat

from .files import cannot
from .records import CannotRead

CHUNK = 1 << 16
LARGEST_RECORD = 32 * 1024 * 1024
LARGEST_TOKEN = 4 * 1024 * 1024
DEEPEST = 20


def records(
    file: IO[bytes],
    name: str,
    wanted: frozenset[str],
    *,
    opened: frozenset[str] = frozenset(),
    dropped: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, Element]]:
    """Each outermost element with a wanted tag, complete, with its place ("image[4]", from 0, per tag).

    An element of another tag is passed through. The first item is the root, still empty, at "". Of an element that is
    ``opened`` comes the start alone, still empty, and then what is wanted in it: for those that hold more than fits
    into memory. What is ``dropped`` is left out of a record, however large it is. Raises CannotRead.
    """
    builder = _Builder(name, wanted, opened, dropped)
    fed = 0
    while True:
        chunk = file.read(CHUNK)
        fed += len(chunk)
        builder.feed(chunk)
        yield from builder.drain()
        if not chunk:
            return
        builder.check_progress(fed)


class _Builder:
    def __init__(
        self, name: str, wanted: frozenset[str], opened: frozenset[str], dropped: frozenset[str]
    ) -> None:
        self.name = name
        self.wanted = wanted
        self.opened = opened
        self.dropped = dropped
        self.dropping = 0
        """Depth of the element that is being dropped, 0 for none."""
        self.depth = 0
        self.stack: list[Element] = []
        self.ready: deque[tuple[str, Element]] = deque()
        self.counts: dict[str, int] = {}
        self.started = 0
        self.dropped_from = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.parser.StartDoctypeDeclHandler = self.doctype

    def feed(self, chunk: bytes) -> None:
        try:
            self.parser.Parse(chunk, not chunk)
        except CannotRead:
            raise
        except expat.ExpatError as error:
            raise cannot(self.name, str(error.lineno), "bad_xml") from error
        except (ValueError, LookupError) as error:  # an encoding that nobody knows
            raise cannot(self.name, "", "bad_xml") from error

    def drain(self) -> Iterator[tuple[str, Element]]:
        while self.ready:
            yield self.ready.popleft()

    def check_progress(self, fed: int) -> None:
        """A name or value without end would be collected in the parser."""
        if fed - max(self.parser.CurrentByteIndex, 0) > LARGEST_TOKEN:
            raise cannot(self.name, "", "too_large", limit=LARGEST_TOKEN)

    def doctype(self, *_declaration: object) -> None:
        raise cannot(self.name, str(self.parser.CurrentLineNumber), "xml_dtd")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise cannot(self.name, str(self.parser.CurrentLineNumber), "xml_too_deep", limit=DEEPEST)
        if self.depth == 1:
            self.ready.append(("", Element(tag, attributes)))
        if self.dropping:
            return
        if self.stack and tag in self.dropped:
            self.dropping = self.depth
            self.dropped_from = self.parser.CurrentByteIndex
        elif self.stack:
            child = Element(tag, attributes)
            self.stack[-1].append(child)
            self.stack.append(child)
        elif tag in self.wanted:
            self.started = self.parser.CurrentByteIndex
            self.stack.append(Element(tag, attributes))
        elif tag in self.opened:
            self.ready.append((self.place_of(tag), Element(tag, attributes)))

    def place_of(self, tag: str) -> str:
        place = self.counts.get(tag, 0)
        self.counts[tag] = place + 1
        return f"{tag}[{place}]"

    def data(self, text: str) -> None:
        if not self.stack or self.dropping:
            return
        top = self.stack[-1]
        if not len(top):  # text after a child means nothing in these formats
            top.text = (top.text or "") + text

    def end(self, tag: str) -> None:
        self.depth -= 1
        if self.dropping:
            if self.depth < self.dropping:
                self.dropping = 0
                self.started += self.parser.CurrentByteIndex - self.dropped_from
            return
        if not self.stack:
            return
        if self.parser.CurrentByteIndex - self.started > LARGEST_RECORD:
            raise cannot(self.name, str(self.parser.CurrentLineNumber), "too_large", limit=LARGEST_RECORD)
        done = self.stack.pop()
        if not self.stack:
            self.ready.append((self.place_of(tag), done))
