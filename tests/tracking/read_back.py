"""What MLflow's own client finds of a project: ``python read_back.py URL PROJECT FOLDER``. Prints JSON; artifacts go
into FOLDER, a folder for each run and one for each alias.

A program of its own, because nothing of the product imports mlflow.
"""

import json
import sys
from pathlib import Path
from typing import Any

import mlflow


def artifacts_of(client: Any, run_id: str, path: str | None = None) -> list[str]:
    found: list[str] = []
    for one in client.list_artifacts(run_id, path):
        found += artifacts_of(client, run_id, one.path) if one.is_dir else [one.path]
    return found


def described(client: Any, run: Any, folder: Path) -> dict[str, Any]:
    run_id = run.info.run_id
    history = {
        name: [(point.step, point.value) for point in client.get_metric_history(run_id, name)]
        for name in run.data.metrics
    }
    place = folder / run_id
    place.mkdir()
    client.download_artifacts(run_id, "", str(place))
    return {
        "id": run_id, "name": run.info.run_name, "status": run.info.status, "tags": run.data.tags,
        "params": run.data.params, "metrics": run.data.metrics, "history": history,
        "artifacts": sorted(artifacts_of(client, run_id)),
        "start": run.info.start_time, "end": run.info.end_time,
        "inputs": [
            {"name": one.dataset.name, "digest": one.dataset.digest, "source": json.loads(one.dataset.source),
             "profile": json.loads(one.dataset.profile), "tags": {tag.key: tag.value for tag in one.tags}}
            for one in run.inputs.dataset_inputs
        ],
    }  # fmt: skip


def registered(client: Any, model: Any, folder: Path) -> dict[str, Any]:
    """Files of each alias as whoever writes models:/name@alias gets them."""
    for alias in model.aliases:
        place = folder / alias
        place.mkdir()
        mlflow.artifacts.download_artifacts(f"models:/{model.name}@{alias}", dst_path=str(place))
    versions = client.search_model_versions(f"name = '{model.name}'")
    return {
        "name": model.name, "tags": model.tags, "aliases": model.aliases,
        "versions": {
            one.version: {"run": one.run_id, "source": one.source, "tags": one.tags, "status": one.status}
            for one in versions
        },
    }  # fmt: skip


def main(url: str, project: str, folder: Path) -> None:
    mlflow.set_tracking_uri(url)
    mlflow.set_registry_uri(url)
    client = mlflow.MlflowClient()
    experiments = client.search_experiments(filter_string=f"tags.`hitl_project` = '{project}'")
    runs = client.search_runs([one.experiment_id for one in experiments])
    models = client.search_registered_models(filter_string=f"tags.`hitl_project` = '{project}'")
    told = {
        "experiments": [one.name for one in experiments],
        "runs": [described(client, run, folder) for run in runs],
        "models": [registered(client, model, folder) for model in models],
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
