"""What may be asked of a model, and what is told when it may not. Nothing is started then."""

from collections.abc import Callable

import pytest
from django.db.models import Value
from django.db.models.functions import Concat

from annotate.ai.detector import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE
from annotate.detection.mapping import mapping_for, save_mapping
from annotate.detection.request import DetectionRefused, Wish
from annotate.detection.versions import default_for, path_of, usable_for
from annotate.jobs.detect import start_detection
from annotate.models import ClassMapping, Detection, Job, Label, ModelVersion, Training
from tests.sync.world import World

AddModel = Callable[..., ModelVersion]


def start(world: World, **wish: object) -> Detection:
    given = {"frames": None, **wish}
    return start_detection(world.project, Wish(**given), user=world.people["annotator"], trigger="api")  # type: ignore[arg-type]


def test_it_queues_a_frame_before_any_batch(world: World, model: ModelVersion) -> None:
    detection = start(world, frames=(world.frame().pk,))
    assert detection.job is not None
    assert (detection.job.kind, detection.scope, detection.confidence) == ("detect", "frame", 0.25)
    whole = start(world)
    assert whole.job is not None and (whole.job.kind, whole.scope) == ("detect_many", "project")


def test_a_second_press_waits_for_the_first(world: World, model: ModelVersion) -> None:
    frame = world.frame()
    assert start(world, frames=(frame.pk,)).pk == start(world, frames=(frame.pk,)).pk
    assert start(world, frames=(frame.pk,), confidence=0.5).pk != start(world, frames=(frame.pk,)).pk


def test_one_detection_of_a_whole_project_at_a_time(world: World, model: ModelVersion) -> None:
    first = start(world)
    with pytest.raises(DetectionRefused, match="already running") as refused:
        start(world, confidence=0.9)
    assert refused.value.code == "busy"
    Job.objects.filter(detection=first).update(state="done")
    assert start(world, confidence=0.9).pk != first.pk


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"frames": ()}, "frames"),
        ({"frames": (10**9,)}, "frames"),
        ({"model": 10**9}, "unknown_model"),
        ({"prompts": ("giraffe",)}, "prompts"),
        ({"prompts": ("x" * 101,)}, "prompts"),
        ({"confidence": 1.5}, "range"),
        ({"confidence": float("nan")}, "range"),
        ({"iou": -0.1}, "range"),
        ({"image_size": MIN_IMAGE_SIZE - 1}, "range"),
        ({"image_size": MAX_IMAGE_SIZE + 1}, "range"),
    ],
)
def test_what_makes_no_sense_is_refused(
    world: World, model: ModelVersion, wish: dict[str, object], code: str
) -> None:
    with pytest.raises(DetectionRefused) as refused:
        start(world, **wish)
    assert refused.value.code == code
    assert not Detection.objects.exists() and not Job.objects.exists()


def test_frames_of_another_project_are_refused(world: World, model: ModelVersion) -> None:
    from tests.sync.world import make_world

    with pytest.raises(DetectionRefused, match="not in the project"):
        start(world, frames=(make_world().frame().pk,))


def test_prompts_are_class_names_as_the_model_writes_them(world: World, model: ModelVersion) -> None:
    assert start(world, prompts=("BUS", "car", "Bus", " ")).prompts == ["bus", "car"]


def test_an_open_vocabulary_takes_any_words(world: World, add_model: AddModel) -> None:
    words = add_model("World", is_open_vocabulary=True)
    assert start(world, model=words.pk, prompts=("a red bus",)).prompts == ["a red bus"]


def test_without_weights_the_reason_is_told(world: World, add_model: AddModel) -> None:
    add_model("Gone", is_there=False)
    with pytest.raises(DetectionRefused, match="fetch_weights") as refused:
        start(world)
    assert refused.value.code == "no_model"


@pytest.mark.parametrize("size", [MIN_IMAGE_SIZE, 500, MAX_IMAGE_SIZE])
def test_a_model_is_asked_with_its_own_size(world: World, add_model: AddModel, size: int) -> None:
    add_model(image_size=size)
    assert start(world).image_size == size


def test_the_project_chooses_among_its_own_and_the_common_models(world: World, add_model: AddModel) -> None:
    from tests.sync.world import make_world

    common, own = add_model("Common"), add_model("Own", project=world.project)
    add_model("Foreign", project=make_world().project)
    usable = usable_for(world.project)
    assert usable == [own, common] and default_for(world.project, usable) == own
    world.project.model_version = common
    assert default_for(world.project, usable) == common


def test_without_a_choice_the_nearest_to_the_project_proposes(world: World, add_model: AddModel) -> None:
    """What an administrator added says more than what was fetched by itself: for the project, for everybody, the
    default, what stands in for it. Of several the last that was added, whatever their names are."""
    rising = [
        add_model("A", catalogue_key="yolox_nano"),
        add_model("B", catalogue_key="yolo26n"),
        add_model("Z", catalogue_key="yolo11n"),
        add_model("M"),
        add_model("Zebra"),
        add_model("Large"),
        add_model("Large", image_size=320),
        add_model("Own", project=world.project),
    ]
    trained = add_model("Trained", project=world.project)
    Training.objects.create(project=world.project, trigger="button", model_version=trained)
    for expected in reversed(rising):
        usable = usable_for(world.project)
        assert default_for(world.project, usable) == expected
        expected.delete()
    assert default_for(world.project, usable_for(world.project)) is None


def test_the_same_weights_are_the_same_version(world: World, add_model: AddModel) -> None:
    first, again, other = add_model("A"), add_model("A"), add_model("A", image_size=320)
    assert first == again and (first.number, other.number) == (1, 2)
    assert path_of(first).name == f"{first.sha256}.onnx"


def test_classes_mean_labels_of_their_name_or_what_the_project_says(world: World) -> None:
    assert mapping_for(world.project, ["car", "BUS", "dog", "retired"]) == {
        "car": world.labels["car"],
        "BUS": world.labels["bus"],
        "dog": None,
        "retired": None,
    }
    save_mapping(world.project, {"car": None, "dog": world.labels["bus"], "BUS": world.labels["bus"]})
    assert mapping_for(world.project, ["car", "BUS", "dog"]) == {
        "car": None,
        "BUS": world.labels["bus"],
        "dog": world.labels["bus"],
    }
    assert ClassMapping.objects.count() == 3, "what was said is written down"
    save_mapping(world.project, {"kite": None})
    kite = Label.objects.create(project=world.project, name="kite", color="#000000")
    assert mapping_for(world.project, ["kite"]) == {"kite": kite.pk}, "nobody left it out on purpose"
    Label.objects.filter(pk=world.labels["bus"]).update(name="coach")
    assert mapping_for(world.project, ["dog", "bus"]) == dict.fromkeys(["dog", "bus"], world.labels["bus"]), (
        "a renamed label stays the same"
    )


def test_what_a_model_was_asked_for_its_classes_mean_from_then_on(world: World, add_model: AddModel) -> None:
    words = add_model("World", is_open_vocabulary=True, classes=["car"])
    start(world, model=words.pk, prompts=("Bus", "tram"))
    Label.objects.filter(project=world.project).update(name=Concat("name", Value(" (old)")))
    assert mapping_for(world.project, ["car", "bus", "tram"]) == {
        "car": world.labels["car"],
        "bus": world.labels["bus"],
        "tram": None,
    }
    tram = Label.objects.create(project=world.project, name="tram", color="#000000")
    assert mapping_for(world.project, ["tram"]) == {"tram": tram.pk}, "nothing was settled about it"
