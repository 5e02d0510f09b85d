"""The new images of an import: decoded by the check, put into the store before the transaction that needs them.

An image is put there whole, under an empty file in the workplace that says so; whatever happens to the import, a crash
included, ``settle`` takes back those that no frame came to need. Until then ``keeps`` tells the store to leave them.
"""

from pathlib import Path

from ..media import store
from ..media.decode import Picture, decode
from ..media.ingest import check_room
from ..media.limits import image_limits
from ..media.refusals import Refused
from .workplace import FOLDER, Workplace, workplaces


def prepare(place: Workplace, number: int, path: Path) -> Picture:
    """Decodes the image file at ``path``; what will be stored waits under ``number``. Raises Refused."""
    limit = image_limits().file_bytes
    size = path.stat().st_size
    if size > limit:
        raise Refused("file_too_large", bytes=size, limit=limit)
    picture = decode(path.read_bytes(), image_limits())
    check_room(len(picture.data))
    store.make_folder(place.pictures)
    waiting_for(place, number).write_bytes(picture.data)
    return picture


def waiting_for(place: Workplace, number: int) -> Path:
    return place.pictures / str(number)


def put_into_store(place: Workplace, number: int, md5: str) -> None:
    """Raises FileNotFoundError when the check is no longer there, and OSError of the disk."""
    store.make_folder(place.placed)
    with store.locked(md5):
        (place.placed / md5).touch(mode=0o640)
        if not store.exists(md5):
            store.write_file(store.path_for(md5), waiting_for(place, number).read_bytes())


def settle(place: Workplace) -> None:
    """After the import, however it ended: images that no frame needs leave the store. Never inside a transaction."""
    if not place.placed.is_dir():
        return
    for mark in sorted(place.placed.iterdir()):
        mark.unlink()
        store.delete_if_unreferenced(mark.name)


def keeps(md5: str) -> bool:
    """Whether an import at work has put this into the store (media.store.KEEPERS)."""
    folder = store.scratch_folder(FOLDER)
    return any((folder / place.key / "placed" / md5).exists() for place in workplaces())


def connect() -> None:
    if keeps not in store.KEEPERS:
        store.KEEPERS.append(keeps)
