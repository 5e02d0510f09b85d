"""What has to be known of an ONNX file that it does not say itself."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_IMAGE_SIZE = 640


class Head(StrEnum):
    """How a network puts out its boxes; N rows of them."""

    DENSE = "dense"  # Ultralytics v8, 11, 26: 1 x (4 + classes) x N, centre, size, a score per class
    END_TO_END = "end_to_end"  # 1 x N x 6: edges, confidence, class; overlaps are already gone
    GRID = "grid"
    """YOLOX: 1 x N x (5 + classes): offsets within the cells of three grids, logarithmic sizes, how likely an
    object is, a score per class. Its input is blue first, 0..255, with the picture in the top left corner."""


@dataclass(frozen=True, slots=True)
class Described:
    """From the catalogue or an administrator. What the file says itself counts first.

    ``image_size``: pixels of the long side, where the file has none. ``head``: None where the shape of the
    output tells it; a GRID has to be named.
    """

    name: str
    licence: str = ""
    classes: tuple[str, ...] = ()
    image_size: int = DEFAULT_IMAGE_SIZE
    head: Head | None = None
