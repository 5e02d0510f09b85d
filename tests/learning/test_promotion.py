"""What proposes changes only by a promotion that holds, and goes back by one click."""

import random
from typing import Any

import pytest

from annotate.detection.mapping import mapping_for
from annotate.detection.versions import path_of
from annotate.learning import promotion
from annotate.learning.promotion import (
    PromotionRefused,
    choose,
    keep_old,
    model_before,
    promote,
    roll_back,
    serving,
)
from annotate.models import ClassMapping, Detection, Job, Label, ModelVersion, Project, Promotion, Training
from annotate.signals import model_promoted
from tests.datasets.conftest import Studio

from .conftest import AddModel, AddTraining, better


def now_serving(studio: Studio) -> ModelVersion | None:
    return Project.objects.get(pk=studio.world.project.pk).model_version


def by_hand(studio: Studio, version: ModelVersion | None, training: Training | None = None) -> Promotion:
    owner = studio.world.people["owner"]
    assert version is not None
    return promote(studio.world.project, version, user=owner, kind="manual", training=training)


def test_a_better_model_takes_over(studio: Studio, add_model: AddModel, add_training: AddTraining) -> None:
    old = add_model("Old")
    by_hand(studio, old)
    training = add_training(old)
    done = by_hand(studio, training.model_version, training)
    training.refresh_from_db()
    assert now_serving(studio) == training.model_version
    assert (done.previous, done.model_version, done.training) == (old, training.model_version, training)
    assert (training.outcome, training.decided_by) == ("promoted", studio.world.people["owner"])
    assert serving(studio.world.project) == training.model_version


def test_it_is_told_in_the_same_transaction(studio: Studio, add_model: AddModel) -> None:
    told: list[tuple[Promotion, int | None]] = []

    def hear(promotion: Promotion, **_: Any) -> None:
        told.append((promotion, Project.objects.get(pk=promotion.project_id).model_version_id))

    model_promoted.connect(hear)
    try:
        done = by_hand(studio, add_model())
    finally:
        model_promoted.disconnect(hear)
    assert told == [(done, done.model_version_id)]


def test_a_receiver_that_fails_undoes_the_promotion(studio: Studio, add_model: AddModel) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the outbox is full")

    model_promoted.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            by_hand(studio, add_model())
    finally:
        model_promoted.disconnect(fail)
    assert now_serving(studio) is None and not Promotion.objects.exists()


@pytest.mark.parametrize("evaluation", [better(0.0), better(-0.1), {}])
def test_m8_a_model_that_is_not_surely_better_is_refused(
    studio: Studio, add_training: AddTraining, evaluation: dict[str, Any]
) -> None:
    training = add_training(evaluation=evaluation)
    with pytest.raises(PromotionRefused) as refused:
        by_hand(studio, training.model_version, training)
    assert refused.value.code == "not_better"
    assert now_serving(studio) is None and not Promotion.objects.exists()


def test_m8_a_comparison_with_what_serves_no_more_is_refused(
    studio: Studio, add_model: AddModel, add_training: AddTraining
) -> None:
    old, other = add_model("Old"), add_model("Other")
    by_hand(studio, old)
    training = add_training(old, outcome="promoted")
    by_hand(studio, other)
    with pytest.raises(PromotionRefused) as refused:
        by_hand(studio, training.model_version, training)
    assert refused.value.code == "stale" and now_serving(studio) == other


def test_what_looks_better_on_too_few_frames_is_a_managers_choice_alone(
    studio: Studio, add_training: AddTraining
) -> None:
    training = add_training(evaluation={**better(), "dataset": {"frames": 3}})
    assert training.model_version is not None
    with pytest.raises(PromotionRefused) as refused:
        promote(studio.world.project, training.model_version, user=None, kind="automatic", training=training)
    assert refused.value.code == "not_better" and now_serving(studio) is None
    by_hand(studio, training.model_version, training)
    assert now_serving(studio) == training.model_version


def measured(confidence: Any, low: float = 0.02) -> dict[str, Any]:
    evaluation = better(low)
    evaluation["challenger"]["shown_confidence"] = confidence
    return evaluation


def confidence_of(studio: Studio) -> float:
    return Project.objects.get(pk=studio.world.project.pk).confidence


def test_what_was_measured_is_what_serves_and_going_back_restores_what_served_before(
    studio: Studio, add_training: AddTraining, add_model: AddModel
) -> None:
    project = studio.world.project
    Project.objects.update(confidence=0.25)
    studio.add(1, status="to_annotate", boxes=0)
    first = add_training(evaluation=measured(0.46))
    one = by_hand(studio, first.model_version, first)
    assert confidence_of(studio) == project.confidence == 0.46
    assert Detection.objects.get(model_version=one.model_version).confidence == 0.46
    second = add_training(first.model_version, evaluation=measured(0.61))
    two = by_hand(studio, second.model_version, second)
    assert confidence_of(studio) == 0.61
    back = roll_back(project, None)
    assert confidence_of(studio) == project.confidence == 0.46
    last = roll_back(project, None)
    assert confidence_of(studio) == 0.25
    rows = [(row.confidence_before, row.confidence) for row in (one, two, back, last)]
    assert rows == [(0.25, 0.46), (0.46, 0.61), (0.61, 0.46), (0.46, 0.25)]


def by_manager(studio: Studio, version: ModelVersion, confidence: float) -> Promotion | None:
    """Both chosen on the page Model."""
    owner = studio.world.people["owner"]
    return choose(studio.world.project, version, owner, confidence=confidence)


def in_force(studio: Studio) -> tuple[ModelVersion | None, float]:
    return now_serving(studio), confidence_of(studio)


def test_going_back_restores_what_a_manager_had_chosen_with_the_model(
    studio: Studio, add_model: AddModel, add_training: AddTraining
) -> None:
    mine = add_model("Mine")
    by_manager(studio, mine, 0.4)
    training = add_training(mine, evaluation=measured(0.25))
    by_hand(studio, training.model_version, training)
    assert in_force(studio) == (training.model_version, 0.25)
    roll_back(studio.world.project, None)
    assert in_force(studio) == (mine, 0.4)


def test_going_back_restores_what_a_manager_had_set_since(
    studio: Studio, add_model: AddModel, add_training: AddTraining
) -> None:
    Project.objects.update(confidence=0.3)
    first = add_training(evaluation=measured(0.25))
    by_hand(studio, first.model_version, first)
    assert first.model_version is not None
    assert by_manager(studio, first.model_version, 0.6) is None  # the same model: no promotion
    second = add_training(first.model_version, evaluation=measured(0.35))
    by_hand(studio, second.model_version, second)
    roll_back(studio.world.project, None)
    assert in_force(studio) == (first.model_version, 0.6)
    roll_back(studio.world.project, None)
    assert in_force(studio) == (None, 0.3)


def test_what_was_set_since_a_promotion_goes_with_it(studio: Studio, add_training: AddTraining) -> None:
    Project.objects.update(confidence=0.25)
    training = add_training(evaluation=measured(0.25))  # the same: nothing changes with the model
    by_hand(studio, training.model_version, training)
    Project.objects.update(confidence=0.7)
    roll_back(studio.world.project, None)
    assert in_force(studio) == (None, 0.25)


def test_going_back_over_a_model_that_a_manager_chose_restores_the_confidence_before_it(
    studio: Studio, add_model: AddModel, add_training: AddTraining
) -> None:
    Project.objects.update(confidence=0.4)
    first = add_training(evaluation=measured(0.25))
    by_hand(studio, first.model_version, first)
    chosen = add_model("Chosen")
    by_manager(studio, chosen, 0.7)
    second = add_training(chosen, evaluation=measured(0.5))
    by_hand(studio, second.model_version, second)
    seen = []
    for _ in range(3):
        roll_back(studio.world.project, None)
        seen.append(in_force(studio))
    assert seen == [(chosen, 0.7), (first.model_version, 0.25), (None, 0.4)]


def test_a_chosen_model_is_asked_with_the_confidence_chosen_with_it(
    studio: Studio, add_model: AddModel
) -> None:
    studio.add(1, status="to_annotate", boxes=0)
    by_manager(studio, add_model(), 0.7)
    assert Detection.objects.get().confidence == 0.7


def test_where_the_confidence_before_is_not_known_it_stays(studio: Studio, add_model: AddModel) -> None:
    by_manager(studio, add_model(), 0.7)
    Promotion.objects.update(confidence=None, confidence_before=None)  # as rows of older versions
    roll_back(studio.world.project, None)
    assert in_force(studio) == (None, 0.7)


def test_a_manager_may_leave_the_confidence_as_it_is(studio: Studio, add_training: AddTraining) -> None:
    Project.objects.update(confidence=0.3)
    training = add_training(evaluation=measured(0.46))
    assert training.model_version is not None
    done = promote(
        studio.world.project,
        training.model_version,
        user=None,
        kind="manual",
        training=training,
        takes_confidence=False,
    )
    assert confidence_of(studio) == 0.3 and not done.changed_confidence
    Project.objects.update(confidence=0.4)  # by a manager, since
    roll_back(studio.world.project, None)
    assert confidence_of(studio) == 0.3


@pytest.mark.parametrize("wrong", [None, "0.4", float("nan"), 0.0, 7, True])
def test_a_confidence_that_is_none_is_not_taken_over(
    studio: Studio, add_training: AddTraining, wrong: Any
) -> None:
    evaluation = measured(wrong if wrong == wrong else None)
    training = add_training(evaluation=evaluation)
    before = confidence_of(studio)
    done = by_hand(studio, training.model_version, training)
    assert confidence_of(studio) == before and not done.changed_confidence


def test_of_a_model_that_finds_nothing_there_no_confidence_is_taken_over(
    studio: Studio, add_training: AddTraining
) -> None:
    evaluation = measured(0.9)
    evaluation["challenger"]["recall"] = 0.0
    training = add_training(evaluation=evaluation)
    before = confidence_of(studio)
    by_hand(studio, training.model_version, training)
    assert confidence_of(studio) == before != 0.9


def test_others_that_waited_are_closed(
    studio: Studio, add_model: AddModel, add_training: AddTraining
) -> None:
    waiting = add_training()
    by_hand(studio, add_model("Brought by an administrator"))
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.reason) == ("kept_old", promotion.SUPERSEDED)


@pytest.mark.parametrize("wrong", ["gone", "inactive", "of another project"])
def test_a_model_that_cannot_be_used_is_refused(studio: Studio, add_model: AddModel, wrong: str) -> None:
    version = add_model()
    if wrong == "gone":
        path_of(version).unlink()
    elif wrong == "inactive":
        version.is_active = False
    else:
        version.project = Project.objects.create(name="Another")
    with pytest.raises(PromotionRefused) as refused:
        by_hand(studio, version)
    assert refused.value.code == "unusable" and now_serving(studio) is None


def test_the_same_model_is_not_promoted_twice(studio: Studio, add_model: AddModel) -> None:
    version = add_model()
    by_hand(studio, version)
    with pytest.raises(PromotionRefused):
        by_hand(studio, version)
    assert Promotion.objects.count() == 1


def test_keeping_the_old_one_is_decided_once(studio: Studio, add_training: AddTraining) -> None:
    training = add_training()
    keep_old(training, studio.world.people["owner"])
    training.refresh_from_db()
    assert (training.outcome, training.decided_by) == ("kept_old", studio.world.people["owner"])
    with pytest.raises(PromotionRefused):
        keep_old(training, studio.world.people["reviewer"])


def test_going_back_goes_back_one_model_at_a_time(studio: Studio, add_model: AddModel) -> None:
    one, two, three = add_model("One"), add_model("Two"), add_model("Three")
    for version in (one, two, three):
        by_hand(studio, version)
    seen = []
    for _ in range(3):
        roll_back(studio.world.project, studio.world.people["owner"])
        seen.append(now_serving(studio))
    assert seen == [two, one, None]
    with pytest.raises(PromotionRefused) as refused:
        roll_back(studio.world.project, None)
    assert refused.value.code == "nothing"


def test_a_second_click_changes_nothing(studio: Studio, add_model: AddModel) -> None:
    one, two = add_model("One"), add_model("Two")
    by_hand(studio, one)
    seen = by_hand(studio, two)
    roll_back(studio.world.project, None, expected=seen.pk)
    with pytest.raises(PromotionRefused) as refused:
        roll_back(studio.world.project, None, expected=seen.pk)
    assert refused.value.code == "changed" and now_serving(studio) == one


def test_nobody_goes_back_to_weights_that_are_gone(studio: Studio, add_model: AddModel) -> None:
    one, two = add_model("One"), add_model("Two")
    by_hand(studio, one)
    by_hand(studio, two)
    path_of(one).unlink()
    with pytest.raises(PromotionRefused):
        roll_back(studio.world.project, None)
    assert now_serving(studio) == two


@pytest.mark.parametrize("seed", range(4))
def test_going_back_is_a_stack(studio: Studio, add_model: AddModel, seed: int) -> None:
    dice = random.Random(seed)
    versions = [add_model(f"Model {number}") for number in range(4)]
    stack: list[ModelVersion | None] = [None]
    for _ in range(25):
        if dice.random() < 0.5 and len(stack) > 1:
            roll_back(studio.world.project, None)
            stack.pop()
        else:
            version = dice.choice([one for one in versions if one != stack[-1]])
            by_hand(studio, version)
            stack.append(version)
        assert now_serving(studio) == stack[-1]


def test_a_change_in_the_admin_is_gone_back_to(studio: Studio, add_model: AddModel) -> None:
    one, chosen, two = add_model("One"), add_model("Chosen"), add_model("Two")
    by_hand(studio, one)
    Project.objects.filter(pk=studio.world.project.pk).update(model_version=chosen)
    by_hand(studio, two)
    assert model_before(list(Promotion.objects.order_by("pk"))) == (chosen.pk,)


def test_m11_classes_keep_their_label_when_it_is_renamed(studio: Studio, add_training: AddTraining) -> None:
    world = studio.world
    trained = [{"id": world.labels["car"], "name": "car"}, {"id": world.labels["bus"], "name": "bus"}]
    training = add_training(params={"evaluate": {"class_margin": 0.05}, "labels": trained})
    Label.objects.filter(pk=world.labels["car"]).update(name="motor car")
    ClassMapping.objects.create(project=world.project, class_name="BUS", label=None)
    by_hand(studio, training.model_version, training)
    assert mapping_for(world.project, ["car", "bus"]) == {
        "car": world.labels["car"],
        "bus": world.labels["bus"],
    }


def test_m11_a_class_whose_label_was_deleted_is_left_out(studio: Studio, add_training: AddTraining) -> None:
    world = studio.world
    trained = [{"id": 999_999, "name": "ship"}, {"id": world.labels["car"], "name": "car"}]
    training = add_training(params={"evaluate": {}, "labels": trained})
    by_hand(studio, training.model_version, training)
    assert mapping_for(world.project, ["ship", "car"]) == {"ship": None, "car": world.labels["car"]}


def test_images_that_nobody_touched_get_new_proposals(studio: Studio, add_model: AddModel) -> None:
    studio.add(1)
    studio.add(2, status="to_annotate", boxes=0)
    old = by_hand(studio, add_model("Old"))
    first = Detection.objects.get()
    new = by_hand(studio, add_model("New"))
    detection = Detection.objects.exclude(pk=first.pk).get()
    assert (detection.model_version, detection.trigger, detection.scope) == (
        new.model_version,
        "automatic",
        "project",
    )
    assert detection.job is not None and detection.job.kind == Job.Kind.DETECT_MANY
    assert Job.objects.get(detection=first).state == "cancelled"
    assert old.pk != new.pk


def test_without_such_images_nothing_is_asked(studio: Studio, add_model: AddModel) -> None:
    studio.add(2)
    by_hand(studio, add_model())
    assert not Detection.objects.exists()


def test_what_a_person_has_begun_is_left_alone_and_the_queue_decides_the_order(
    studio: Studio, add_model: AddModel
) -> None:
    from annotate.jobs.detect import frames_left

    studio.add(1)
    studio.add(1, status="in_progress")
    low, high, unknown = (
        studio.add(1, status="to_annotate", boxes=0, score=score)[0] for score in (0.1, 0.9, None)
    )
    by_hand(studio, add_model())
    left, total = frames_left(Detection.objects.get())
    assert (left, total) == ([high.pk, low.pk, unknown.pk], 3)
