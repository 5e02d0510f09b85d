"""Detections over HTTP: asked for, followed, cancelled, rated; each role what it may."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.ai.detector import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE
from annotate.detection.mapping import mapping_for
from annotate.detection.plan import Candidate
from annotate.detection.propose import propose
from annotate.detection.request import Wish
from annotate.geometry import Edges
from annotate.jobs.detect import frames_left, start_detection
from annotate.models import Detection, Feedback, Frame, Job, Label, ModelVersion, Project
from annotate.training import params
from annotate.views.detection_cards import card_of
from tests.sync.world import World


def client(world: World, who: str) -> Client:
    client = Client()
    if who != "anonymous":
        client.force_login(world.people[who])
    return client


def send(world: World, who: str, method: str, address: str, body: object = None) -> Any:
    call = getattr(client(world, who), method)
    return call(address, json.dumps(body), content_type="application/json")


def ask(world: World, who: str = "annotator", **body: Any) -> Any:
    return send(world, who, "post", reverse("detect"), body)


@pytest.fixture
def frame(world: World) -> Frame:
    return world.frame()


@pytest.fixture
def detected(world: World, frame: Frame, model: ModelVersion) -> Detection:
    answer = ask(world, frames=[frame.pk])
    detection = Detection.objects.get(pk=answer.json()["detection"])
    propose(
        detection,
        frame.pk,
        [Candidate(Edges(1, 2, 30, 40), "car", 0.8)],
        labels=world.labels,
        dropped={},
        timings={},
    )
    return detection


@pytest.mark.parametrize(
    ("who", "frames", "project"),
    [
        ("anonymous", 401, 401),
        ("stranger", 404, 404),
        ("viewer", 403, 403),
        ("annotator", 202, 403),
        ("reviewer", 202, 202),
        ("owner", 202, 202),
    ],
)
def test_z1_who_may_ask(
    world: World, frame: Frame, model: ModelVersion, who: str, frames: int, project: int
) -> None:
    assert ask(world, who, frames=[frame.pk]).status_code == frames
    assert ask(world, who, project=world.project.pk).status_code == project


def test_of_a_project_it_answers_how_many_images_it_looks_at(
    world: World, frame: Frame, model: ModelVersion
) -> None:
    world.frame(status=Frame.Status.COMPLETE)
    world.frame()
    answer = ask(world, "reviewer", project=world.project.pk).json()
    left, total = frames_left(Detection.objects.get(pk=answer["detection"]))
    assert answer["frames"] == len(left) == total == 2


def test_asking_answers_at_once_with_where_to_look(world: World, frame: Frame, model: ModelVersion) -> None:
    answer = ask(world, frames=[frame.pk], prompts=["car"], confidence=0.4).json()
    detection = Detection.objects.get(pk=answer["detection"])
    assert answer == {"detection": str(detection.pk), "job": str(detection.job_id), "frames": 1}
    assert (detection.prompts, detection.confidence, detection.trigger) == (["car"], 0.4, "editor")
    card = client(world, "viewer").get(reverse("detection", args=[detection.pk])).json()
    assert (card["state"], card["may_cancel"], card["rate"]) == ("queued", False, None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"frames": [1], "project": 1},
        {"frames": []},
        {"frames": ["1"]},
        {"frames": [1], "confidence": "high"},
        {"frames": [1], "confidence": 2},
        {"frames": [1], "image_size": 100_000},
        {"frames": [1], "weights": "/etc/passwd"},
        {"frames": [1], "model": "https://example.org/x.pt"},
        {"frames": [1], "prompts": ["x" * 200]},
    ],
)
def test_bad_input_changes_nothing(world: World, model: ModelVersion, body: dict[str, Any]) -> None:
    assert ask(world, **body).status_code == 400
    assert not Job.objects.exists()


def test_without_a_model_the_answer_says_so(world: World, frame: Frame) -> None:
    answer = ask(world, frames=[frame.pk])
    assert answer.status_code == 503 and "fetch_weights" in answer.json()["error"]["detail"]


@pytest.mark.parametrize(("who", "may"), [("owner", True), ("annotator", False), ("viewer", False)])
def test_without_a_model_the_page_of_the_project_says_so(world: World, who: str, may: bool) -> None:
    text = client(world, who).get(reverse("project", args=[world.project.pk])).content.decode()
    notice = text.partition("notice--warning")[2].partition("</div>")[0]
    assert "fetch_weights" in notice
    assert (reverse("model_settings", args=[world.project.pk]) in notice) == may


def test_with_a_model_the_page_of_the_project_says_nothing(world: World, model: ModelVersion) -> None:
    page = client(world, "owner").get(reverse("project", args=[world.project.pk])).content.decode()
    assert "fetch_weights" not in page


def test_a_detection_is_cancelled_by_its_author_or_a_reviewer(
    world: World, frame: Frame, model: ModelVersion
) -> None:
    detection = ask(world, frames=[frame.pk]).json()["detection"]
    address = reverse("cancel_detection", args=[detection])
    statuses = [
        (who, send(world, who, "post", address).status_code) for who in ("stranger", "viewer", "second")
    ]
    assert statuses == [("stranger", 404), ("viewer", 403), ("second", 403)]
    assert send(world, "annotator", "post", address).json()["state"] == "cancelled"


def test_a_frame_tells_its_detections(world: World, frame: Frame, detected: Detection) -> None:
    address = reverse("frame_detections", args=[frame.pk])
    [entry] = client(world, "viewer").get(address).json()["detections"]
    assert (entry["id"], entry["model"], entry["proposed"]) == (str(detected.pk), "YOLO 1", 1)
    assert entry["feedback"] == {"positive": 0, "negative": 0, "neutral": 0, "mine": "", "note": ""}
    assert client(world, "stranger").get(address).status_code == 404


def feedback_address(frame: Frame, detection: Detection) -> str:
    return f"/api/v1/frames/{frame.pk}/detections/{detection.pk}/feedback"


def test_a_detection_is_rated_once_per_person_and_the_rating_can_be_taken_back(
    world: World, frame: Frame, detected: Detection
) -> None:
    address = feedback_address(frame, detected)
    assert send(world, "viewer", "put", address, {"verdict": "positive"}).status_code == 403
    before = Frame.objects.get(pk=frame.pk).revision
    send(world, "annotator", "put", address, {"verdict": "negative", "note": "misses the boats"})
    send(world, "second", "put", address, {"verdict": "positive"})
    (entry,) = send(world, "annotator", "put", address, {"verdict": "neutral", "note": "some"}).json()[
        "items"
    ]
    assert entry["feedback"] == {
        "positive": 1,
        "negative": 0,
        "neutral": 1,
        "mine": "neutral",
        "note": "some",
    }
    assert Frame.objects.get(pk=frame.pk).revision == before + 3, "each is an operation"
    (entry,) = send(world, "annotator", "put", address, {"verdict": ""}).json()["items"]
    assert entry["feedback"]["mine"] == ""
    assert Feedback.objects.count() == 1
    assert send(world, "annotator", "put", address, {"verdict": "great"}).status_code == 422
    assert send(world, "annotator", "put", address, {"verdict": "positive", "note": "\0"}).status_code == 422
    assert Feedback.objects.count() == 1


def test_a_detection_of_another_frame_cannot_be_rated(world: World, detected: Detection) -> None:
    address = feedback_address(world.frame(), detected)
    assert send(world, "annotator", "put", address, {"verdict": "positive"}).status_code == 404


def test_the_editor_is_told_what_can_be_asked(world: World, frame: Frame, model: ModelVersion) -> None:
    page = client(world, "annotator").get(reverse("editor_data", args=[frame.pk])).json()["detection"]
    assert (page["confidence"], page["iou"]) == (world.project.confidence, 0.5)
    assert page["model"] == model.pk and page["may"] and not page["may_all"] and page["message"] == ""
    assert page["models"][0]["labels"] == {
        "car": world.labels["car"],
        "bus": world.labels["bus"],
        "cat": None,
    }
    assert page["sizes"] == [MIN_IMAGE_SIZE, MAX_IMAGE_SIZE]


def test_one_range_of_sizes_holds_wherever_one_is_named(
    world: World, frame: Frame, model: ModelVersion
) -> None:
    for size in (MIN_IMAGE_SIZE, 500, MAX_IMAGE_SIZE):
        assert ask(world, frames=[frame.pk], image_size=size).status_code == 202
    for size in (MIN_IMAGE_SIZE - 1, MAX_IMAGE_SIZE + 1):
        assert ask(world, frames=[frame.pk], image_size=size).status_code == 400
    assert params.IMAGE_SIZE == (MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)


def test_the_page_of_jobs_shows_who_and_offers_what_may_be_done(
    world: World, frame: Frame, model: ModelVersion
) -> None:
    ask(world, frames=[frame.pk])
    address = reverse("jobs_page", args=[world.project.pk])
    own = client(world, "annotator").get(address).content.decode()
    assert "Annotator" in own and 'value="cancel"' in own
    assert 'value="cancel"' not in client(world, "second").get(address).content.decode()
    assert 'value="cancel"' in client(world, "owner").get(address, {"part": "rows"}).content.decode()


def test_a_failed_detection_can_be_tried_again(world: World, frame: Frame, model: ModelVersion) -> None:
    job_id = ask(world, frames=[frame.pk]).json()["job"]
    Job.objects.filter(pk=job_id).update(state="failed", error="x")
    address = reverse("change_job", args=[world.project.pk, job_id])
    answer = client(world, "annotator").post(address, {"action": "retry", "back": "jobs"})
    assert answer.headers["Location"] == reverse("jobs_page", args=[world.project.pk])
    assert Job.objects.get(pk=job_id).state == "queued"


def test_a_manager_says_what_classes_mean(
    world: World, add_model: Callable[..., ModelVersion], model: ModelVersion
) -> None:
    address = reverse("model_settings", args=[world.project.pk])
    owner = client(world, "owner")
    page = owner.get(address).content.decode()
    assert "YOLO 1 knows 3 classes" in page and "2 classes have a label now" in page
    sent = {
        "model_version": model.pk,
        "confidence": "0.4",
        "class-0": "",
        "class-1": "",
        "class-2": world.labels["car"],
    }
    assert owner.post(address, sent).status_code == 302
    world.project.refresh_from_db()
    assert (world.project.confidence, world.project.model_version) == (0.4, model)
    data = owner.get(reverse("editor_data", args=[world.frame().pk])).json()["detection"]
    assert data["models"][0]["labels"] == {"car": None, "bus": None, "cat": world.labels["car"]}
    assert owner.post(address, {**sent, "confidence": "7"}).status_code == 400


@pytest.mark.parametrize("is_retired", [False, True])
def test_classes_of_a_page_belong_to_the_model_that_it_showed(
    world: World, add_model: Callable[..., ModelVersion], is_retired: bool
) -> None:
    """Another model came to serve while the page was open, whose first class is another one."""
    shown = add_model(classes=["bus"], project=world.project)
    serves = add_model(classes=["car"], project=world.project, name="Later")
    Project.objects.filter(pk=world.project.pk).update(model_version=serves)
    ModelVersion.objects.filter(pk=shown.pk).update(is_active=not is_retired)
    sent = {"model_version": serves.pk, "confidence": "0.4", "classes_of": shown.pk, "class-0": ""}
    answer = client(world, "owner").post(reverse("model_settings", args=[world.project.pk]), sent)
    assert answer.status_code == 302
    meant = mapping_for(world.project, ["bus", "car"])
    assert meant == {"bus": world.labels["bus"] if is_retired else None, "car": world.labels["car"]}


@pytest.mark.parametrize("way", ["page", "api", "asking"])
def test_what_was_settled_holds_whatever_the_labels_are_called(
    world: World, frame: Frame, model: ModelVersion, way: str
) -> None:
    """By the one who saves the page as it is, chooses the model, or asks it for the first time."""
    if way == "page":
        labels = {"class-0": world.labels["car"], "class-1": world.labels["bus"], "class-2": ""}
        sent = {"model_version": "", "confidence": "0.4", **labels}
        address = reverse("model_settings", args=[world.project.pk])
        assert client(world, "owner").post(address, sent).status_code == 302
    elif way == "api":
        Frame.objects.update(status=Frame.Status.COMPLETE)  # nothing is asked for by itself then
        address = f"/api/v1/projects/{world.project.pk}/models"
        assert send(world, "owner", "patch", address, {"model": model.pk}).status_code == 200
    else:
        assert ask(world, frames=[frame.pk]).status_code == 202
    Label.objects.filter(pk=world.labels["car"]).update(name="motor car")
    Label.objects.create(project=world.project, name="car", color="#000000")
    cat = Label.objects.create(project=world.project, name="Cat", color="#000000")
    data = client(world, "owner").get(reverse("editor_data", args=[frame.pk])).json()["detection"]
    meant = {"car": world.labels["car"], "bus": world.labels["bus"], "cat": cat.pk}
    assert data["models"][0]["labels"] == meant


@pytest.mark.parametrize(
    ("attempts", "before", "rate", "eta_s"), [(1, None, 5.0, 30.0), (2, 30, 2.0, 75.0), (2, None, None, None)]
)
def test_how_long_it_takes_counts_from_when_it_was_taken_up(
    attempts: int,
    before: int | None,
    rate: float | None,
    eta_s: float | None,
    world: World,
    frame: Frame,
    model: ModelVersion,
) -> None:
    detection = start_detection(world.project, Wish(None), user=None, trigger="command")
    began = timezone.now() - timedelta(seconds=10)
    beginning = {"attempt": 2, "at": began.isoformat(), "done": before}
    Job.objects.update(
        state="running",
        attempts=attempts,
        started_at=began if attempts == 1 else began - timedelta(hours=1),
        payload={} if before is None else {"taken_up": beginning},
        done_units=50,
        total_units=200,
    )
    card = card_of(Detection.objects.get(pk=detection.pk), world.people["owner"])
    assert card["rate"] == (rate and pytest.approx(rate, rel=0.1))
    assert card["eta_s"] == (eta_s and pytest.approx(eta_s, rel=0.1))
