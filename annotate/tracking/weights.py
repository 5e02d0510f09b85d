"""Weights from MLflow's registry: by alias for an administrator, by hash for a worker that lacks them.

Where a file comes from is said by MLflow alone, and what it is by its SHA-256: a name that somebody typed is looked up,
and never becomes a path or an address.
"""

import hashlib
import logging
import os
import re
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings

from ..detection.versions import SUFFIXES, path_of, weights_path
from ..models import ModelVersion
from .registry import Registry
from .rest import Mlflow, Refused, Unavailable

logger = logging.getLogger(__name__)

ALIAS = re.compile(r"models:/(?P<name>[^/:@]{1,250})@(?P<alias>[A-Za-z0-9_-]{1,100})")
SHA256 = re.compile(r"[0-9a-f]{64}")
SOURCE = re.compile(r"mlflow-artifacts:/+(?P<path>[\w-]+(?:/[\w.-]+)*)/?")
FILE_NAME = re.compile(r"[\w-][\w.-]*")
LARGEST_BYTES = 4_000_000_000
TIMEOUT_S = 30.0
FILE_MODE, FOLDER_MODE = 0o440, 0o750

Found = dict[str, Any]


class NotToBeHad(Exception):
    """Nothing was stored. The text is for the person."""


def connection() -> Mlflow:
    """Raises NotToBeHad."""
    if not settings.MLFLOW_URL:
        raise NotToBeHad("Where is MLflow? Set HITL_MLFLOW_URL.")
    return Mlflow(settings.MLFLOW_URL, timeout_s=TIMEOUT_S)


def fetch_alias(mlflow: Mlflow, text: str) -> tuple[Path, str]:
    """``text``: models:/name@alias. The ONNX file, stored by its hash, and the hash. Raises NotToBeHad, OSError."""
    asked = ALIAS.fullmatch(text)
    if asked is None:
        raise NotToBeHad(f"{text}: write models:/name@alias.")
    try:
        found = mlflow.get("registered-models/alias", asked.groupdict())["model_version"]
        return _fetched(mlflow, found, "onnx")
    except Refused as refused:
        raise NotToBeHad(f"MLflow has no {text}: {refused}") from refused
    except (Unavailable, KeyError) as error:
        raise NotToBeHad(f"MLflow did not give it: {error}") from error


def fetch_missing(version: ModelVersion) -> bool:
    """Brings the weights of a version that this machine lacks. Whether they are here now. Raises OSError."""
    if path_of(version).is_file():
        return True
    try:
        mlflow = connection()
        for found in Registry(mlflow).versions_with("sha256", version.sha256)[:1]:
            _fetched(mlflow, found, SUFFIXES[ModelVersion.Kind(version.kind)])
    except (NotToBeHad, Unavailable, Refused, KeyError) as error:
        logger.warning("the weights of %s are not here, and not to be had from MLflow: %s", version, error)
    return path_of(version).is_file()


def _fetched(mlflow: Mlflow, version: Found, suffix: str) -> tuple[Path, str]:
    """Raises NotToBeHad, Unavailable, Refused, OSError."""
    tags = {one["key"]: one["value"] for one in version.get("tags", [])}
    sha256 = tags.get("sha256", "")
    if not SHA256.fullmatch(sha256):
        raise NotToBeHad("This version has no tag sha256, so nothing says which bytes it is meant to have.")
    target = weights_path(sha256, suffix)
    if not target.is_file():
        _store(mlflow, _file_of(mlflow, version, suffix), target, sha256)
    return target, sha256


def _file_of(mlflow: Mlflow, version: Found, suffix: str) -> str:
    """Where it is among all artifacts. Raises NotToBeHad, Unavailable, Refused."""
    asked = {"name": str(version["name"]), "version": str(version["version"])}
    uri = str(mlflow.get("model-versions/get-download-uri", asked).get("artifact_uri", ""))
    source = SOURCE.fullmatch(uri)
    if source is None or ".." in uri:
        raise NotToBeHad("Its files are not among the artifacts of this MLflow.")
    names = [str(one["path"]) for one in mlflow.artifacts_in(source["path"]) if not one.get("is_dir")]
    good = sorted(name for name in names if FILE_NAME.fullmatch(name) and name.endswith(f".{suffix}"))
    if len(good) != 1:
        raise NotToBeHad(f"It has {len(good)} files .{suffix} instead of one.")
    return f"{source['path']}/{good[0]}"


def _store(mlflow: Mlflow, path: str, target: Path, sha256: str) -> None:
    """Whole and right, or not at all. Raises NotToBeHad, Unavailable, Refused, OSError."""
    target.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    temporary = target.parent / f".{uuid.uuid4().hex}.tmp"
    digest = hashlib.sha256()
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
            for piece in mlflow.get_artifact(path, LARGEST_BYTES):
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != sha256:
            raise NotToBeHad(f"What came has sha256 {digest.hexdigest()} instead of {sha256}.")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
