"""Reads Label Studio's JSON: rectangles alone, from annotations and predictions."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from . import checks
from .base import RowReader
from .checks import Bad
from .files import cannot, shallowest
from .json_stream import JsonStream
from .names import IMAGE_SUFFIXES, split_of
from .records import BoxRecord, FrameRecord, SetRecord
from .xml_stream import records

CONFIG = "config.xml"
LOCAL = "/data/local-files/?d="
UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""Label Studio puts this before the name of an uploaded file."""
LABEL_KEYS = ("rectanglelabels", "labels")
LONGEST_SPLIT = 40
BUCKETS = {"s3", "gs", "azure-blob"}


class Reader(RowReader):
    """Of several annotations of a task: the one marked as ground truth, otherwise the last that was not cancelled.

    Without config.xml the labels are those of the rectangles, as they first appear.
    """

    @property
    def file(self) -> str:
        found = shallowest(self.files.having(".json"))
        if not found:
            raise cannot("", "", "nothing_found", wanted="Label Studio (*.json)")
        return found

    def header(self) -> SetRecord:
        self.labels = {}
        config = shallowest(self.files.called(CONFIG))
        if config:
            self._read_config(config)
        else:
            for _, task in self._tasks():
                for name in label_names(task):
                    if name.strip() not in self.labels:
                        self._try_label(name)
        return self.set_record()

    def _try_label(self, name: str) -> None:
        """A name that cannot be one is reported when its rectangle is read."""
        try:
            self.add_label(name)
        except Bad:
            return

    def _read_config(self, file: str) -> None:
        with self.files.open(file) as data:
            for place, element in records(data, file, frozenset({"RectangleLabels", "Labels"})):
                for number, label in enumerate(element.iterfind("Label")):
                    try:
                        self.add_label(label.get("value"), label.get("background"), label.get("hotkey"))
                    except Bad as bad:
                        raise cannot(file, f"{place}/Label[{number}]", bad.code, **bad.values) from bad

    def _tasks(self) -> Iterator[tuple[int, Any]]:
        with self.files.open(self.file) as data:
            stream = JsonStream(data, self.file)
            if stream.peek() != "[":
                raise cannot(self.file, "", "nothing_found", wanted="Label Studio (*.json)")
            yield from stream.items()
            stream.finish()

    def frames(self) -> Iterator[FrameRecord]:
        if not self.labels:
            self.header()
        for index, task in self._tasks():
            try:
                yield self._frame(index, task)
            except Bad as bad:
                self.fail(self.file, f"[{index}]", bad)

    def _frame(self, index: int, task: Any) -> FrameRecord:
        """Raises Bad for the task as a whole."""
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict):
            raise Bad("bad_task")
        name = self.new_name(name_of_url(url_of(data)))
        results = list(self._results(task))
        width, height = self._size(name, data, [one.result for _, one in results])
        boxes = []
        for where, region in results:
            try:
                box = self._box(region, width, height)
            except Bad as bad:
                self.fail(self.file, f"[{index}].{where}", bad)
            else:
                if box:
                    boxes.append(box)
        split = split_of(str(data.get("split") or "")[:LONGEST_SPLIT])
        return FrameRecord(name, width, height, tuple(boxes), split=split)

    def _results(self, task: dict[str, Any]) -> Iterator[tuple[str, "Region"]]:
        """Place and region. Raises Bad."""
        annotations = listed(task.get("annotations"))
        kept = [(n, one) for n, one in enumerate(annotations) if not one.get("was_cancelled")]
        chosen = next((pair for pair in kept if pair[1].get("ground_truth")), kept[-1] if kept else None)
        self.loss.add("other_annotations", len(kept) - 1 if kept else 0)
        groups: list[tuple[str, int, dict[str, Any]]] = [("annotations", *chosen)] if chosen else []
        predictions = listed(task.get("predictions"))
        last = len(predictions) - 1
        taken = [(n, one) for n, one in enumerate(predictions) if n == last or has_our_ids(one)]
        self.loss.add("other_predictions", len(predictions) - len(taken))
        groups += [("predictions", number, one) for number, one in taken]
        for kind, number, group in groups:
            said = group.get("model_version") if kind == "predictions" else None
            model, results = said if isinstance(said, str) else "", listed(group.get("result"))
            beside = labels_beside(results)
            for place, result in enumerate(results):
                if result.get("type") != "labels" or region_id(result) not in beside:
                    region = Region(result, kind == "predictions", model, beside)
                    yield f"{kind}[{number}].result[{place}]", region

    def _size(self, name: str, data: dict[str, Any], results: list[dict[str, Any]]) -> tuple[int, int]:
        for one in results:
            if "original_width" in one and "original_height" in one:
                return checks.size(one["original_width"], one["original_height"])
        return self.size_of(name, data.get("width"), data.get("height"))

    def _box(self, region: "Region", width: int, height: int) -> BoxRecord | None:
        """None for what is no rectangle."""
        result, is_prediction = region.result, region.is_prediction
        value = result.get("value")
        if result.get("type") not in {"rectanglelabels", "rectangle"} or not isinstance(value, dict):
            self.loss.add("shape")
            return None
        if any(checks.number(part or 0) for part in (value.get("rotation"), result.get("image_rotation"))):
            raise Bad("rotation")
        own = next((value[key] for key in LABEL_KEYS if isinstance(value.get(key), list)), None)
        labels: list[Any] = region.beside.get(region_id(result), []) if own is None else own
        if len(labels) != 1:
            raise Bad("labels_of_box", count=len(labels))
        x, y, w, h = (checks.number(value.get(key)) / 100 for key in ("x", "y", "width", "height"))
        score = result.get("score")
        return BoxRecord(
            label=self.known_label(labels[0]),
            edges=checks.edges(x * width, y * height, (x + w) * width, (y + h) * height, width, height),
            id=uuid_of(result.get("id")),
            source="model"
            if is_prediction or str(result.get("origin", "")).startswith("prediction")
            else "human",
            status="proposed" if is_prediction else "accepted",
            confidence=None if score is None else checks.confidence(score),
            extra={"model": checks.text(region.model)} if region.model else {},
        )


class Region(NamedTuple):
    """``model``: the version that a prediction says it is from. ``beside``: of its annotation, see labels_beside."""

    result: dict[str, Any]
    is_prediction: bool
    model: str
    beside: Mapping[str, list[Any]]


def has_our_ids(prediction: dict[str, Any]) -> bool:
    """Written by this product: its boxes stand beside those of other models, and replace none of them."""
    results = listed(prediction.get("result"))
    return bool(results) and all(uuid_of(one.get("id")) for one in results)


def labels_beside(results: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """By the id of a rectangle its labels, where Label Studio has a control of its own for them, which gives a second
    result of the same id."""
    found: dict[str, list[Any]] = {region_id(one): [] for one in results if one.get("type") == "rectangle"}
    found.pop("", None)
    for one in results:
        value = one.get("value") if one.get("type") == "labels" else None
        labels = value.get("labels") if isinstance(value, dict) else None
        if region_id(one) in found and isinstance(labels, list):
            found[region_id(one)] += labels
    return found


def region_id(result: dict[str, Any]) -> str:
    """Nothing for what is none."""
    found = result.get("id")
    return found if isinstance(found, str) else ""


def uuid_of(value: object) -> str:
    """Label Studio's own ids are short and mean nothing here."""
    try:
        return checks.box_id(value) if isinstance(value, str) and len(value) == 36 else ""
    except Bad:
        return ""


def listed(value: object) -> list[dict[str, Any]]:
    """A list of objects; nothing is an empty one. Raises Bad."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Bad("bad_task")
    return value


def label_names(task: Any) -> Iterator[str]:
    """Of all rectangles, wherever they are; whatever is not as it should be is passed over."""
    for kind in ("annotations", "predictions"):
        groups = task.get(kind) if isinstance(task, dict) else None
        for group in groups if isinstance(groups, list) else []:
            results = group.get("result") if isinstance(group, dict) else None
            for result in results if isinstance(results, list) else []:
                value = result.get("value") if isinstance(result, dict) else None
                yield from names_in(value) if isinstance(value, dict) else ()


def names_in(value: dict[str, Any]) -> Iterator[str]:
    for key in LABEL_KEYS:
        labels = value.get(key)
        yield from (one for one in (labels if isinstance(labels, list) else ()) if isinstance(one, str))


def url_of(data: dict[str, Any]) -> str:
    """Raises Bad."""
    if isinstance(data.get("image"), str):
        return str(data["image"])
    for value in data.values():
        if isinstance(value, str) and value.lower().endswith(IMAGE_SUFFIXES):
            return value
    raise Bad("no_name")


def name_of_url(url: str) -> str:
    """The image's name out of the address that a task gives it. Raises Bad."""
    try:
        parts = urlsplit(url)
        asked = parse_qs(parts.query).get("d", [])
    except ValueError as error:
        raise Bad("bad_name", name=checks.shown(url)) from error
    path = unquote(parts.path)
    if parts.scheme == "data":
        raise Bad("no_name")
    if asked:
        return asked[0].removeprefix("images/")
    if path.startswith("/data/upload/"):
        return UPLOADED.sub("", path.rpartition("/")[2])
    if parts.scheme in BUCKETS:
        return path.lstrip("/")
    if parts.scheme in {"http", "https", "file"}:
        return path.rpartition("/")[2]
    return url
