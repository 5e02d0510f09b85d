"""Which file a model is: an ONNX file of one's own, or a name of the catalogue that was fetched before."""

from pathlib import Path

from annotate.ai.catalogue import BY_KEY
from annotate.ai.fetch import fetch
from tests.ai.data import CACHE


def file_of(name: str) -> Path:
    """Raises CannotFetch, and FileNotFoundError for what is neither."""
    if name in BY_KEY:
        return fetch(BY_KEY[name], CACHE).path
    path = Path(name).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"{name} is no file and no name of the catalogue")
    return path
