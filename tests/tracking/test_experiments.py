"""In whose experiment a run is: also where MLflow was emptied, or an experiment deleted there, while the relay runs."""

import pytest

from annotate.models import Project, TrackingRun
from annotate.tracking import server

from .conftest import Clock
from .course import Course
from .fake_mlflow import FakeMlflow
from .real import RealMlflow
from .relays import relay_for, settle
from .test_real_mlflow import relay_to
from .visit import Visit


@pytest.fixture
def another(visit: Visit, course: Course) -> Course:
    """Of another project than the visit's."""
    return Course(Project.objects.create(name="Another"), course.user)


def project_of(mlflow: FakeMlflow, key: str) -> str:
    return str(mlflow.experiments[key]["tags"]["hitl_project"])


def check(mlflow: FakeMlflow, runs: int) -> None:
    assert len(mlflow.runs) == runs
    for run in mlflow.runs.values():
        assert project_of(mlflow, run.experiment) == run.tags["project_id"]


def test_an_emptied_mlflow_gives_ids_anew(
    visit: Visit, another: Course, mlflow: FakeMlflow, clock: Clock
) -> None:
    """The second one gets the id of the first, which had been remembered."""
    relay = relay_for(mlflow, clock)
    visit.draw()
    settle(relay, clock)
    another.version()
    settle(relay, clock)
    check(mlflow, runs=2)
    mlflow.wipe()
    TrackingRun.objects.filter(kind="dataset_version").delete()
    TrackingRun.objects.filter(project=another.project).update(delivered=0)
    relay.delivery.experiments.pop(another.project.pk)
    another.version()
    settle(relay, clock)
    visit.sign_out()
    visit.draw()
    settle(relay, clock)
    check(mlflow, runs=3)


def test_what_mlflow_lost_is_lost_of_all_projects(
    visit: Visit, another: Course, mlflow: FakeMlflow, clock: Clock
) -> None:
    relay = relay_for(mlflow, clock)
    visit.draw()
    another.version()
    settle(relay, clock)
    assert len(relay.delivery.experiments) == 2
    mlflow.wipe()
    visit.draw()
    relay.round()
    assert set(relay.delivery.experiments) <= {visit.lab.world.project.pk}
    settle(relay, clock)
    another.version()
    settle(relay, clock)
    check(mlflow, runs=2)


def delete_experiment(mlflow: FakeMlflow) -> None:
    [active] = [key for key, one in mlflow.experiments.items() if not one.get("is_deleted")]
    mlflow.experiments_delete({"experiment_id": active})


def test_new_runs_of_a_deleted_experiment_go_into_a_new_one(
    visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    """However often that is done: what was deleted stays deleted."""
    relay = relay_for(mlflow, clock)
    for _ in range(4):
        visit.draw()
        visit.sign_out()
        settle(relay, clock)
        [run] = mlflow.runs.values()
        assert run.status == "FINISHED"
        delete_experiment(mlflow)
    assert not TrackingRun.objects.exclude(problem="").exists()
    name, key = visit.lab.world.project.name, visit.lab.world.project.pk
    assert [one["name"] for one in mlflow.experiments.values()] == [
        name,
        f"{name} · {key}",
        f"{name} · {key} (2)",
        f"{name} · {key} (3)",
    ]


@pytest.mark.skipif(not server.is_installed(), reason="MLflow is not installed (pip install '.[tracking]')")
@pytest.mark.usefixtures("nothing_of_this_project")
def test_a_real_mlflow_too(visit: Visit, real: RealMlflow, clock: Clock) -> None:
    relay, project = relay_to(real, clock), visit.lab.world.project.pk
    for _ in range(3):
        visit.draw()
        visit.sign_out()
        settle(relay, clock)
        [run] = real.runs(project)
        real.post("experiments/delete", experiment_id=run["info"]["experiment_id"])
    assert not TrackingRun.objects.exclude(problem="").exists()
