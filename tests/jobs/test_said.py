"""What jobs say of themselves is in the language of whoever reads it; what programs said stays as it is."""

import ast
import threading
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.fixtures import Settings

from annotate.ai.hygiene import Reason
from annotate.ai.problems import UnusableModel
from annotate.datasets.export_wish import parse_export
from annotate.jobs import detect_say, exporting, queue, runner, training_course
from annotate.jobs.run import LONGEST_LOG, JobFailed, JobRun, shortened
from annotate.jobs.runner import Runner
from annotate.jobs.said import log_line, log_text, said, words_of
from annotate.jobs.training_folder import NO_VERSION
from annotate.jobs.versions import CANNOT_COPY
from annotate.models import Job, User
from annotate.training.problems import Problem, problem_of
from annotate.training.register import DISAGREES
from tests.media.conftest import World

JOBS = Path("annotate/jobs")


def reader(world: World, language: str, **fields: bool) -> Client:
    User.objects.filter(pk=world.people["manager"].pk).update(language=language, **fields)
    return world.client("manager")


def text_of(client: Client, address: str) -> str:
    """With simple spaces."""
    return client.get(address).content.decode().replace("\xa0", " ")


def run_one(job: Job) -> Job:
    assert Runner("long", threading.Event()).run_one()
    job.refresh_from_db()
    return job


def test_texts_within_texts_are_translated_names_and_numbers_are_not() -> None:
    reasons = detect_say.reasons_in({"outside": 2, "unchanged": 0, "new_code": 1})
    text = said(detect_say.LEFT_OUT, reasons=reasons)
    with translation.override("en"):
        assert words_of(text) == "Left out: 2 outside the image, 1 new_code."
    with translation.override("fr"):
        assert words_of(text) == "Laissé de côté\xa0: 2 hors de l’image, 1 new_code."
        begun = said(detect_say.BEGUN, model="outside the image", total=5, done=0)
        assert words_of(begun).startswith("Modèle outside the image. ")


def test_every_reason_of_a_detector_has_words() -> None:
    assert set(Reason) <= set(detect_say.REASONS)


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-26 20:51:59 1 files pushed",
        "100 images, 3 boxes",
        "2026-11-26 20:51:59 {not json}",
        '2026-11-26 20:51:59 {"template": "%(a)s", "values": {"b": 1}}',
        '2026-11-26 20:51:59 {"template": 3, "values": {}}',
        '2026-11-26 20:51:59 {"template": "No model came out.", "values": [1]}',
        '2026-11-26 20:51:59 {"template": "%(a)s", "values": {"a": {"b": 1}}}',
        '2026-11-26 20:51:59 {"template": "No model came out."}',
        '{"template": "No model came out.", "values": {}}',
    ],
)
def test_what_is_no_line_of_ours_is_shown_as_it_is(line: str) -> None:
    with translation.override("fr"):
        assert log_text(f"{line}\n{line}") == f"{line}\n{line}"


def test_a_log_that_is_too_long_loses_whole_lines() -> None:
    lines = [
        log_line("2026-11-26 20:51:59", said("No model came out.", number=number)) for number in range(500)
    ]
    kept = shortened("".join(lines))
    assert len(kept) <= LONGEST_LOG and "".join(lines).endswith(kept) and kept.startswith("2026")
    assert len(shortened("x" * 2 * LONGEST_LOG)) == LONGEST_LOG


def test_an_error_is_read_in_ones_own_language_and_kept_in_english(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: JobRun) -> None:
        run.say(CANNOT_COPY["nothing_there"])
        run.quote("fatal: no such remote")
        raise JobFailed(NO_VERSION, why="git: 100 % full")

    monkeypatch.setattr(runner, "handler_of", lambda kind: fail)
    job = queue.enqueue(Job.Kind.RESTORE, project=world.project)
    with translation.override("fr"):  # whatever the worker speaks
        run_one(job)
    assert job.error == NO_VERSION % {"why": "git: 100 % full"}
    page = text_of(reader(world, "fr"), reverse("jobs_page", args=[world.project.pk]))
    assert "Aucune version de données n’a pu être faite : git: 100 % full." in page
    assert "Le dépôt distant n’a aucune version de ce projet." in page and "fatal: no such remote" in page
    address = f"/api/v1/projects/{world.project.pk}/jobs/{job.pk}"
    message = world.client("manager").get(address).json()["message"]
    assert message.startswith("Aucune version")
    english = text_of(reader(world, "en"), reverse("jobs_page", args=[world.project.pk]))
    assert "The remote has no versions of this project." in english and "{" not in english.split("<pre")[1]


def test_an_export_says_what_it_did_in_ones_own_language(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"
    job = exporting.start_export(world.project, parse_export(world.project, {"format": "yolo"}), user=None)
    run_one(job)
    assert job.state == Job.State.DONE, job.error
    page = text_of(reader(world, "fr"), reverse("jobs_page", args=[world.project.pk]))
    assert "Images : 0, cadres : 0" in page and "Images: 0" not in page


def test_the_desk_shows_it_in_ones_own_language(world: World) -> None:
    log = log_line("2026-11-26 20:51:59", said("No model came out.")) + "epoch 1\n"
    job = queue.enqueue(Job.Kind.TRAIN, project=world.project)
    problem = said(NO_VERSION, why="git")
    Job.objects.filter(pk=job.pk).update(log=log, state="failed", error="No", result={"problem": problem})
    desk = reader(world, "fr", is_staff=True, is_superuser=True)
    page = text_of(desk, reverse("admin:annotate_job_change", args=[job.pk]))
    assert "2026-11-26 20:51:59 Aucun modèle n’en est sorti.<br>epoch 1" in page
    assert "Aucune version de données n’a pu être faite : git." in page


def test_why_a_model_cannot_be_used_is_translated_within_what_follows_from_it(tmp_path: Path) -> None:
    problem = Problem("challenger_unusable", reason=UnusableModel(DISAGREES, percent=12))
    assert "agrees with the weights in 12 % only." in str(problem)
    problem.write(tmp_path)
    found = problem_of(tmp_path)
    assert found is not None
    failed = training_course.told(found)
    assert str(failed) == str(problem)
    with translation.override("fr"):
        assert "Le fichier ONNX ne concorde avec les poids qu’à 12\xa0%." in words_of(failed.said)


@pytest.mark.parametrize("values", [{"reason": {"odd": 1}}, {"other": "x"}, None])
def test_a_problem_of_another_version_is_told_in_its_own_words(values: object) -> None:
    failed = training_course.told({"code": "base_unusable", "text": "No, because.", "values": values})
    assert str(failed) == "No, because."


def test_no_job_says_what_nobody_can_translate() -> None:
    """A text that is put together, or written where it is said, is in no catalogue."""
    wrong = []
    for path in sorted(JOBS.glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in {"say", "JobFailed"} and isinstance(
                call.args[0], (ast.Constant, ast.JoinedStr, ast.BinOp)
            ):
                wrong.append(f"{path}:{call.lineno}")
    assert wrong == []
