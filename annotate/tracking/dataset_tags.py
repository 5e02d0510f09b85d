"""How a dataset version appears in MLflow: its run, the input of other runs, a tag on whatever has to do with it."""

import json
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from ..models import DatasetVersion, Project

NONE = "none"
SOURCE_TYPE = "http"  # one that MLflow's own client knows


def key_of(version: DatasetVersion) -> UUID:
    """The id of its run. From the commit, so that it is another one in another installation."""
    return uuid5(NAMESPACE_URL, f"hitl-dataset:{version.project_id}:{version.number}:{version.git_commit}")


def dataset_input(version: DatasetVersion, page: str, context: str) -> dict[str, Any]:
    """As MLflow's DatasetInput. ``page``: a path of the site, never of the machine; ``context``: its use there."""
    profile = {"num_rows": version.counts.get("frames", 0), "num_elements": version.counts.get("boxes", 0)}
    return {
        "tags": [{"key": "mlflow.data.context", "value": context}],
        "dataset": {
            "name": f"{version.project.name}/{version}",
            "digest": version.digest,
            "source_type": SOURCE_TYPE,
            "source": json.dumps({"url": page}),
            "profile": json.dumps(profile),
        },
    }


def dataset_tags(version: DatasetVersion | None) -> dict[str, str]:
    """``git_commit``: of the data; that of the program is ``mlflow.source.git.commit``. Every run has them, so
    that runs without a version are found too."""
    if version is None:
        return dict.fromkeys(("dataset_version", "dataset_digest", "git_commit"), NONE)
    return {
        "dataset_version": str(version),
        "dataset_digest": version.digest,
        "git_commit": version.git_commit,
    }


def trained_on(model_version: int) -> DatasetVersion | None:
    """None for a model that did not come from a training here."""
    return DatasetVersion.objects.filter(trainings__model_version=model_version).first()


def newest_of(project: Project) -> DatasetVersion | None:
    return DatasetVersion.objects.filter(project=project).order_by("-number").first()
