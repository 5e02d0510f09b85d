"""MLflow's registry: one registered model per project, a version per training, and aliases for what serves.

Nothing here is remembered: what is there is looked for by its tag first, and the aliases follow from what serves in the
database now. So it can be done again at any time, in any order, to the same effect.
"""

import re
from typing import Any

from ..models import Project, TrackingRun, Training
from .fold import Registered
from .rest import EXISTS, Mlflow, Refused, pairs, reading

CHAMPION, CHALLENGER = "champion", "challenger"
LONGEST_NAME = 100
MOST = 100
UNSAFE = re.compile(
    r"[^\w .()-]+"
)  # MLflow allows no / and no :, and a name has to be typed in models:/name@alias

Found = dict[str, Any]


class Registry:
    """Every method raises Unavailable, Refused."""

    def __init__(self, mlflow: Mlflow) -> None:
        self.mlflow = mlflow

    def register(self, run: TrackingRun, registered: Registered) -> None:
        """The version of this run, once. One that points to a run that MLflow has lost is replaced."""
        name = self.model_of(run.project_id) or self._create_model(run.project)
        source = f"mlflow-artifacts:/{run.experiment}/{run.mlflow_run}/artifacts"
        good, surplus = self._versions_by_use(run, name)
        self._delete(surplus)
        if not good:
            self.mlflow.post(
                "model-versions/create",
                {
                    "name": name,
                    "source": f"{source}/{registered.folder}",
                    "run_id": run.mlflow_run,
                    "tags": pairs({**registered.tags, "event_id": run.pk.hex}),
                },
            )

    def delete_twins(self, run: TrackingRun) -> None:
        """Versions of this run but the first one; aliases led to what stays, or do now."""
        name = self.model_of(run.project_id)
        if name is not None and (surplus := self._versions_by_use(run, name)[1]):
            self._delete(surplus)
            self.set_aliases(run.project)

    def _versions_by_use(self, run: TrackingRun, name: str) -> tuple[list[Found], list[Found]]:
        """The one that is right, if there is one; and those that are too many, or of a run that is lost."""
        known = self.versions_of(run.pk.hex)
        good = [one for one in known if one["name"] == name and one.get("run_id") == run.mlflow_run][:1]
        return good, [one for one in known if one not in good]

    def _delete(self, versions: list[Found]) -> None:
        for one in versions:
            self.mlflow.post("model-versions/delete", named(one), method="DELETE")

    def set_aliases(self, project: Project) -> None:
        """As it is now: an alias of what is not in the registry is taken away."""
        name = self.model_of(project.pk)
        if name is None:
            return
        for alias, training in wanted_aliases(project.pk).items():
            found = self.versions_of(training.pk.hex) if training is not None else []
            ours = [one for one in found if one["name"] == name]
            if ours:
                self.mlflow.post("registered-models/alias", {**named(ours[0]), "alias": alias})
            else:
                self.mlflow.post("registered-models/alias", {"name": name, "alias": alias}, method="DELETE")

    def model_of(self, project_id: int) -> str | None:
        """The name of the project's model, whatever it is called there now."""
        asked = {"filter": f"tags.`hitl_project` = '{project_id}'", "max_results": "10"}
        found = self.mlflow.get("registered-models/search", asked).get("registered_models", [])
        with reading():
            return min((str(one["name"]) for one in found), default=None)

    def _create_model(self, project: Project) -> str:
        name = safe_name(project)
        tags = pairs({"hitl_project": str(project.pk)})
        try:
            made = self.mlflow.post("registered-models/create", {"name": name, "tags": tags})
        except Refused as refused:
            if refused.code != EXISTS:
                raise
            late = self.model_of(project.pk)  # made by a call whose answer did not come
            if late is not None:
                return late
            # Somebody else's: the name is theirs.
            made = self.mlflow.post("registered-models/create", {"name": f"{name} (hitl)", "tags": tags})
        with reading():
            return str(made["registered_model"]["name"])

    def versions_of(self, key: str) -> list[Found]:
        """The versions with this ``event_id``, the oldest first."""
        return self.versions_with("event_id", key)

    def versions_with(self, tag: str, value: str) -> list[Found]:
        """``value``: letters and digits."""
        if not value.isalnum():
            raise ValueError("a value that would have to be quoted")
        asked = {"filter": f"tags.`{tag}` = '{value}'", "max_results": str(MOST)}
        found = self.mlflow.get("model-versions/search", asked).get("model_versions", [])
        with reading():
            return sorted((one for one in found if str(one["name"])), key=lambda one: int(one["version"]))


def wanted_aliases(project_id: int) -> dict[str, Training | None]:
    """What serves, where it came from a training; and what waits for a decision."""
    trainings = Training.objects.filter(project=project_id, model_version__isnull=False)
    serving = Project.objects.filter(pk=project_id).values("model_version")
    waiting = trainings.filter(outcome=Training.Outcome.CHALLENGER).order_by("-created_at")
    return {
        CHAMPION: trainings.filter(model_version__in=serving).first(),
        CHALLENGER: waiting.first(),
    }


def safe_name(project: Project) -> str:
    """For a person to read and to type; the id keeps projects of one name apart."""
    words = " ".join(UNSAFE.sub(" ", project.name).split())[:LONGEST_NAME]
    return f"{words} {project.pk}".strip()


def named(version: Found) -> Found:
    return {"name": version["name"], "version": str(version["version"])}
