"""The pages of trainings: who may do what, what is shown, and that pictures lead nowhere else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotate.jobs import train_request
from annotate.learning.promotion import promote
from annotate.models import Detection, Job, ModelVersion, Project, Promotion, Training
from tests.datasets.conftest import Studio

from .conftest import AddModel, AddTraining, better

Page = Callable[..., Any]


@pytest.fixture
def page(studio: Studio) -> Page:
    """GET, or POST where there are ``fields``, as somebody."""

    def ask(name: str, *args: Any, who: str = "owner", fields: dict[str, Any] | None = None) -> Any:
        client = Client()
        client.force_login(studio.world.people[who])
        address = reverse(name, args=[studio.world.project.pk, *args])
        return client.get(address) if fields is None else client.post(address, fields)

    return ask


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_request, "NEEDED", ())


def text_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def outcome_of(training: Training) -> str:
    return Training.objects.get(pk=training.pk).outcome


def picture(training: Training, name: str, data: bytes = b"a picture") -> Path:
    path = Path(django_settings.TRAININGS_DIR) / str(training.pk) / "samples" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_too_few_images_are_told_and_nothing_starts(studio: Studio, page: Page, installed: None) -> None:
    studio.add(3)
    assert "at least 10 complete images" in text_of(page("training"))
    answer = page("training", fields={"version": ""})
    assert answer.status_code == 400 and "there are 3" in text_of(answer)
    assert not Training.objects.exists()


def test_missing_parts_are_told_with_what_to_do(
    studio: Studio, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_request, "NEEDED", ("no_such_package_at_all",))
    studio.add(12)
    text = text_of(page("training"))
    assert "no_such_package_at_all" in text and "make install-ml" in text
    assert page("training", fields={"version": ""}).status_code == 400 and not Job.objects.exists()


def test_a_manager_starts_a_training_and_sees_it(studio: Studio, page: Page, installed: None) -> None:
    studio.add(12)
    answer = page("training", fields={"version": "", "epochs": "7", "image_size": "320"})
    assert answer.status_code == 302
    training = Training.objects.get()
    assert training.params["asked"] == {"epochs": 7, "image_size": 320}
    assert (training.trigger, training.created_by) == ("button", studio.world.people["owner"])
    text = text_of(page("training", who="viewer"))
    assert "Waits for a worker" in text and "Stop the training" not in text
    assert "Stop the training" in text_of(page("training"))
    again = page("training", fields={"version": ""})
    assert again.status_code == 400 and "already running" in text_of(again)


@pytest.mark.parametrize(
    "fields", [{"epochs": "x"}, {"epochs": "0"}, {"version": "7"}, {"image_size": "100"}]
)
def test_m10_what_makes_no_sense_starts_nothing(
    studio: Studio, page: Page, installed: None, fields: dict[str, str]
) -> None:
    studio.add(12)
    assert page("training", fields=fields).status_code == 400
    assert not Training.objects.exists() and not Job.objects.exists()


def test_progress_is_told_to_members(studio: Studio, page: Page, add_training: AddTraining) -> None:
    job = Job.objects.create(
        kind="train", project=studio.world.project, state="running", done_units=3, total_units=10,
        result={"stage": "train", "epoch": 4, "epochs": 10, "batch": 5, "batches": 10, "eta_s": 12.5},
    )  # fmt: skip
    rows = [{"epoch": 1, "loss": 3.0}, {"epoch": 2, "loss": 2.0, "map50": 0.4, "map50_95": float("nan")}]
    training = add_training(job=job, finished_at=None, outcome="", epochs=[], evaluation={})
    Training.objects.filter(pk=training.pk).update(epochs=rows[:1] + [{**rows[1], "map50_95": None}])
    card = page("training_progress", training.pk, who="viewer").json()
    assert (card["is_active"], card["epoch"], card["epochs"], card["eta_s"]) == (True, 3, 10, 12.5)
    assert card["share"] == pytest.approx(0.35) and card["may_cancel"] is False
    losses, qualities = card["curves"]
    assert [row["cells"] for row in losses["rows"]] == [[1, 3.0], [2, 2.0]]
    assert [column["key"] for column in qualities["columns"]] == ["epoch", "map50"]
    assert page("training_progress", training.pk).json()["may_cancel"] is True
    assert page("training_progress", training.pk, who="stranger").status_code == 404


def test_the_comparison_is_on_one_page(studio: Studio, page: Page, add_training: AddTraining) -> None:
    evaluation = better()
    evaluation["challenger"]["per_class"] = {"car": {"map50_95": 0.7, "truths": 40}}
    evaluation["champion"]["per_class"] = {"car": {"map50_95": 0.6}}
    training = add_training(evaluation=evaluation)
    picture(training, "difference-1.jpg")
    rows = [
        {"name": "pier <b>.jpg", "image": "difference-1.jpg", "challenger": {"seconds": 12.0}},
        {"name": "not there", "image": "../../secret.jpg"},
    ]
    picture(training, "differences.json", json.dumps({"frames": rows}).encode())
    text = text_of(page("training_detail", training.pk))
    assert "+10.0" in text and "+2.0 to +20.0" in text and "70.0" in text
    assert "pier &lt;b&gt;.jpg" in text and "not there" not in text and "secret" not in text
    assert "Promote Harbour 1" in text
    assert "Promote Harbour 1" not in text_of(page("training_detail", training.pk, who="reviewer"))


def test_a_manager_promotes_and_goes_back(studio: Studio, page: Page, add_training: AddTraining) -> None:
    training = add_training()
    assert page("change_training", training.pk, fields={"action": "promote"}).status_code == 302
    assert Project.objects.get().model_version == training.model_version
    assert outcome_of(training) == "promoted"
    newest = Promotion.objects.get()
    assert "Back to the default of this installation" in text_of(page("training"))
    assert page("roll_back", fields={"expected": newest.pk}).status_code == 302
    assert Project.objects.get().model_version is None
    page("roll_back", fields={"expected": newest.pk})
    assert Promotion.objects.count() == 2


def measured(frames: int = 30, low: float = 0.02) -> dict[str, Any]:
    evaluation = better(low)
    evaluation["dataset"] = {"frames": frames, "number": 7, "split": "test"}
    evaluation["challenger"] |= {"shown_confidence": 0.46, "seconds_per_frame": 53.8}
    evaluation["champion"] |= {
        "shown_confidence": 0.23, "seconds_per_frame": 64.3, "precision": 0.391, "recall": 0.912,
    }  # fmt: skip
    return evaluation


def test_the_comparison_says_where_it_was_measured_and_a_promotion_takes_that_over(
    studio: Studio, page: Page, add_model: AddModel, add_training: AddTraining
) -> None:
    old = add_model("Old")
    promote(studio.world.project, old, user=None, kind="manual")
    training = add_training(old, evaluation=measured())
    text = text_of(page("training_detail", training.pk))
    assert "Measured on data version 7" in text and "same 30 held-out images" in text
    for figure in ("0.46", "0.23", "53.8", "64.3", "39.1", "91.2", "80.0"):
        assert figure in text, figure
    assert "Show proposals from a confidence of 0.46 on" in text and "Now it is 0.25" in text
    waits = text_of(page("model_settings"))
    assert "confidence of 0.23 on: precision 39.1 %, recall 91.2 %, about 64.3 s" in waits
    assert "confidence of 0.46 on: precision 80.0 %, recall 80.0 %, about 53.8 s" in waits
    assert "Proposals are made from 0.25 on now" in waits
    page("change_training", training.pk, fields={"action": "promote", "confidence": ["false", "true"]})
    assert Project.objects.get().confidence == 0.46
    assert "proposals from a confidence of 0.46 on, 0.25 before" in text_of(page("training"))
    serves = text_of(page("model_settings"))
    assert "confidence of 0.46 on: precision 80.0 %" in serves and "Proposals are made from" not in serves
    page("roll_back", fields={"expected": Promotion.objects.latest("pk").pk})
    assert Project.objects.get().confidence == 0.25


def test_a_switch_that_is_off_leaves_the_confidence(
    studio: Studio, page: Page, add_training: AddTraining
) -> None:
    training = add_training(evaluation=measured())
    page("change_training", training.pk, fields={"action": "promote", "confidence": "false"})
    assert outcome_of(training) == "promoted" and Project.objects.get().confidence == 0.25


def test_how_many_held_out_images_are_needed_is_said(
    studio: Studio, page: Page, add_training: AddTraining
) -> None:
    training = add_training(evaluation=measured(frames=2))
    text = text_of(page("training_detail", training.pk))
    assert "2 images are held out, and at least 5 are needed" in text and "not surely better" in text
    page("change_training", training.pk, fields={"action": "promote"})
    assert outcome_of(training) == "promoted"


def unsure(mean: float) -> dict[str, Any]:
    evaluation = measured()
    evaluation["difference"]["map50_95"] |= {"mean": mean, "low": -0.01}
    return evaluation


def test_from_a_comparison_that_is_not_sure_a_manager_comes_to_where_the_model_is_chosen(
    studio: Studio, page: Page, add_training: AddTraining
) -> None:
    training = add_training(evaluation=unsure(0.1), outcome="kept_old")
    text, way = text_of(page("training_detail", training.pk)), f"?training={training.pk}"
    assert "Choose it all the same" in text and way in text
    client = Client()
    client.force_login(studio.world.people["owner"])
    address = reverse("model_settings", args=[studio.world.project.pk])
    offered = text_of(client.get(address + way))
    assert f'value="{training.model_version_id}" selected' in offered and 'value="0.46"' in offered
    assert f"{training.model_version} knows" in offered, "its own classes are asked, not those of what serves"
    assert Project.objects.get().model_version is None, "nothing is chosen by looking"
    for nonsense in ("?training=x", f"?training={studio.world.project.pk}"):
        assert f'value="{training.model_version_id}" selected' not in text_of(client.get(address + nonsense))
    page("model_settings", fields={"model_version": training.model_version_id, "confidence": "0.46"})
    assert Project.objects.get().model_version == training.model_version
    assert "Choose it all the same" not in text_of(page("training_detail", training.pk))


@pytest.mark.parametrize("case", ["worse", "waits", "retired", "annotator"])
def test_no_other_comparison_leads_there(
    case: str, studio: Studio, page: Page, add_model: AddModel, add_training: AddTraining
) -> None:
    version = add_model()
    ModelVersion.objects.filter(pk=version.pk).update(is_active=case != "retired")
    training = add_training(
        evaluation=unsure(-0.1 if case == "worse" else 0.1),
        outcome="challenger" if case == "waits" else "kept_old",
        model_version=version,
    )
    who = "annotator" if case == "annotator" else "owner"
    assert "Choose it all the same" not in text_of(page("training_detail", training.pk, who=who))


def test_a_new_model_that_is_chosen_with_a_confidence_is_asked_with_it(
    studio: Studio, page: Page, add_model: AddModel
) -> None:
    studio.add(1, status="to_annotate", boxes=0)
    page("model_settings", fields={"model_version": add_model().pk, "confidence": "0.4"})
    assert Detection.objects.get().confidence == 0.4


def test_the_command_takes_over_the_confidence_or_not(
    studio: Studio, add_model: AddModel, add_training: AddTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    name = str(studio.world.project.pk)
    first = add_training(evaluation=measured())
    call_command("promote", name, "--waiting", "--keep-confidence")
    assert outcome_of(first) == "promoted" and Project.objects.get().confidence == 0.25
    second = add_training(first.model_version, evaluation=measured())
    call_command("promote", name, "--waiting")
    assert outcome_of(second) == "promoted" and Project.objects.get().confidence == 0.46
    assert "from a confidence of 0.46" in capsys.readouterr().out
    call_command("promote", name, "--back")
    assert Project.objects.get().confidence == 0.25


def test_the_api_takes_over_the_confidence_or_not(studio: Studio, add_training: AddTraining) -> None:
    client = Client()
    client.force_login(studio.world.people["owner"])
    root = f"/api/v1/projects/{studio.world.project.pk}"

    def ask(training: Training, more: str = "") -> Any:
        address = f"{root}/trainings/{training.pk}/promote{more}"
        return client.post(address, headers={"Origin": "http://testserver"}).json()

    first = add_training(evaluation=measured())
    assert ask(first, "?confidence=false")["confidence"] is None and Project.objects.get().confidence == 0.25
    done = ask(add_training(first.model_version, evaluation=measured()))
    assert done["confidence"] == Project.objects.get().confidence == 0.46
    address = f"{root}/promotions/roll-back"
    back = client.post(address, json.dumps({"expected": done["id"]}), content_type="application/json").json()
    assert back["confidence"] == Project.objects.get().confidence == 0.25
    listed = client.get(f"{root}/promotions").json()["items"]
    assert [one["confidence"] for one in listed] == [0.25, 0.46, None]


def test_a_manager_keeps_the_old_one(studio: Studio, page: Page, add_training: AddTraining) -> None:
    training = add_training()
    page("change_training", training.pk, fields={"action": "keep"})
    assert outcome_of(training) == "kept_old" and not Promotion.objects.exists()
    page("change_training", training.pk, fields={"action": "promote"})
    assert outcome_of(training) == "promoted"


def test_m8_no_click_promotes_a_worse_model(studio: Studio, page: Page, add_training: AddTraining) -> None:
    training = add_training(evaluation=better(-0.2), outcome="kept_old")
    assert "Promote" not in text_of(page("training_detail", training.pk))
    page("change_training", training.pk, fields={"action": "promote"})
    assert Project.objects.get().model_version is None and outcome_of(training) == "kept_old"


@pytest.mark.parametrize("who", ["viewer", "annotator", "reviewer"])
def test_z1_only_managers_act(studio: Studio, page: Page, add_training: AddTraining, who: str) -> None:
    training = add_training()
    for action in ("promote", "keep", "cancel", "retry"):
        answer = page("change_training", training.pk, who=who, fields={"action": action})
        assert answer.status_code == 403
    assert page("training", who=who, fields={"version": ""}).status_code == 403
    assert outcome_of(training) == "challenger" and not Promotion.objects.exists()


def test_an_action_that_is_none_changes_nothing(
    studio: Studio, page: Page, add_training: AddTraining
) -> None:
    training = add_training()
    assert page("change_training", training.pk, fields={"action": "delete"}).status_code == 400
    assert page("roll_back", fields={"expected": "-1"}).status_code == 400
    assert page("roll_back", fields={}).status_code == 400


def test_a_training_of_another_project_is_not_reached(
    studio: Studio, page: Page, add_training: AddTraining
) -> None:
    training = add_training(project=Project.objects.create(name="Another"))
    picture(training, "sample-1.jpg")
    assert page("training_detail", training.pk).status_code == 404
    assert page("training_progress", training.pk).status_code == 404
    assert page("training_picture", training.pk, "sample-1.jpg").status_code == 404
    assert page("change_training", training.pk, fields={"action": "promote"}).status_code == 404


def test_pictures_are_those_of_the_training(
    studio: Studio, page: Page, add_training: AddTraining, tmp_path: Path
) -> None:
    training = add_training()
    path = picture(training, "sample-1.jpg")
    answer = page("training_picture", training.pk, "sample-1.jpg", who="viewer")
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"a picture")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    (path.parent / "link.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    (tmp_path / "elsewhere.jpg").write_bytes(b"secret")
    picture(training, "differences.json")
    for name in ("..", "..%2fparams.yaml", "differences.json", "sample-2.jpg", "link.jpg", ".jpg", "a.svg"):
        assert page("training_picture", training.pk, name).status_code == 404, name


def test_choosing_a_model_by_hand_is_part_of_the_history(
    studio: Studio, page: Page, add_model: AddModel
) -> None:
    version = add_model()
    fields = {"model_version": version.pk, "confidence": "0.4"}
    assert page("model_settings", fields=fields).status_code == 302
    assert page("model_settings", fields=fields).status_code == 302
    promotion = Promotion.objects.get()
    assert (promotion.model_version, promotion.created_by) == (version, studio.world.people["owner"])
    project = Project.objects.get()
    assert (project.model_version, project.confidence) == (version, 0.4)
    assert "Chosen on the page of the model" in text_of(page("training"))


def test_what_happens_by_itself_is_set_here(studio: Studio, page: Page) -> None:
    fields = {"training_mode": "automatic", "promotes_itself": ["false", "on"], "class_margin": "0.1"}
    page("training_settings", fields=fields)
    project = Project.objects.get()
    assert (project.training_mode, project.promotes_itself, project.class_margin) == ("automatic", True, 0.1)
    page("training_settings", fields={**fields, "promotes_itself": "false", "class_margin": "7"})
    assert Project.objects.get().promotes_itself and Project.objects.get().class_margin == 0.1


def test_managers_are_told_when_enough_is_new(studio: Studio, page: Page, installed: None) -> None:
    studio.add(50, boxes=0)
    assert "enough for a better model" in text_of(page("project"))
    assert "enough for a better model" not in text_of(page("project", who="annotator"))
    Project.objects.update(training_mode="off")
    assert "enough for a better model" not in text_of(page("project"))


def test_everybody_is_told_that_a_new_model_proposes(studio: Studio, page: Page, add_model: AddModel) -> None:
    studio.add(2, status="to_annotate", boxes=0)
    promote(studio.world.project, add_model(), user=None, kind="automatic")
    assert "Harbour 1 proposes now" in text_of(page("project", who="viewer"))
    Job.objects.update(state="done")
    assert "proposes now" not in text_of(page("project", who="viewer"))


def test_both_curves_stand_on_one_page(studio: Studio, page: Page, add_training: AddTraining) -> None:
    training = add_training()
    assert "<polyline" not in text_of(page("training_detail", training.pk))
    folder = Path(django_settings.TRAININGS_DIR) / str(training.pk) / "plots"
    folder.mkdir(parents=True)
    table = ["recall,precision,(before),car", "0.0,1.0,0.5,1.0", "0.5,0.8,0.25,1.0", "1.0,nan,<b>,1.0"]
    (folder / "precision_recall.csv").write_text("\n".join(table) + "\n")
    text = text_of(page("training_detail", training.pk))
    assert '<polyline class="curves__new" points="0.0,0.0 50.0,20.0"/>' in text
    assert '<polyline class="curves__old" points="0.0,50.0 50.0,75.0"/>' in text
    first = ["recall,precision,(before)", "0.0,1.0,", "1.0,0.5,"]
    (folder / "precision_recall.csv").write_text("\n".join(first))
    text = text_of(page("training_detail", training.pk))
    assert "curves__new" in text and "curves__old" not in text
