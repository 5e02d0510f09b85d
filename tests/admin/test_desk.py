"""What the desk shows: pictures with boxes, views worth a look, searches, values, the first page; in few queries."""

import random
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotate.admin import paging
from annotate.admin.base import DeskChangeList
from annotate.admin.pictures import MOST_BOXES, crop_around
from annotate.admin.readable import readable
from annotate.admin.searching import words_of
from annotate.curation import outliers
from annotate.curation import views as curation
from annotate.curation.views import BOX_VIEWS, FRAME_VIEWS, Scope
from annotate.models import Box, Detection, Feedback, Frame, Job, Label, ModelVersion, Proposal, Review, User
from tests.admin.conftest import propose, staff_client
from tests.pages.conftest import World, add_box, add_frame


def listed(world: World, model: str, query: str = "", who: str = "admin") -> str:
    address = reverse(f"admin:annotate_{model}_changelist")
    answer = world.client(who).get(f"{address}?{query}")
    assert answer.status_code == 200, (model, query)
    return answer.content.decode()


def boxes_in(view: str, project: int | None = None) -> set[object]:
    alive = Box.objects.filter(deleted_revision__isnull=True)
    return set(BOX_VIEWS[view].narrow(alive, Scope(project)).values_list("pk", flat=True))


def frames_in(view: str) -> set[int]:
    return set(FRAME_VIEWS[view].narrow(Frame.objects.all(), Scope()).values_list("pk", flat=True))


@pytest.fixture(autouse=True)
def no_limits_of_other_tests() -> None:
    cache.clear()


class TestBoxViews:
    def test_confidence_against_verdict(self, world: World) -> None:
        def box(status: str, confidence: float) -> Box:
            one = add_box(world.frame, world.label, status=status)
            Box.objects.filter(pk=one.pk).update(confidence=confidence, source="model")
            return one

        unsure, _sure = box("accepted", 0.3), box("accepted", 0.9)
        rejected, _weak = box("rejected", 0.85), box("rejected", 0.3)
        waiting = box("proposed", 0.5)
        assert boxes_in("accepted_unsure") == {unsure.pk}
        assert boxes_in("rejected_sure") == {rejected.pk}
        assert boxes_in("never_reviewed") == {waiting.pk}

    def test_disputed_and_disliked(self, world: World) -> None:
        liked, disliked, both = (add_box(world.frame, world.label) for _ in range(3))
        Box.objects.filter(pk=liked.pk).update(status="rejected", feedback="positive")
        Box.objects.filter(pk=disliked.pk).update(status="proposed", feedback="negative")
        Box.objects.filter(pk=both.pk).update(feedback="negative")
        turned = reversed_box(world)
        assert boxes_in("disputed") == {liked.pk, both.pk, turned.pk}
        assert boxes_in("negative") == {disliked.pk, both.pk}
        assert frames_in("disputed") == {world.frame.pk}

    @pytest.mark.parametrize("seed", range(3))
    def test_overlaps_of_two_people_are_those_that_a_plain_rule_finds(self, seed: int, world: World) -> None:
        dice = random.Random(seed)
        people = [world.people[who] for who in ("annotator", "reviewer")] + [None]
        frames = [world.frame, add_frame(world.project, world.frame.source, "b.jpg")]
        for _ in range(40):
            x, y = dice.uniform(0, 60), dice.uniform(0, 60)
            Box.objects.create(
                id=uuid4(), frame=dice.choice(frames), label=world.label, x1=x, y1=y,
                x2=x + dice.uniform(10, 60), y2=y + dice.uniform(10, 60), created_by=dice.choice(people),
                status=dice.choice(["accepted", "accepted", "proposed"]), created_revision=1,
            )  # fmt: skip
        rows = list(Box.objects.filter(status="accepted", created_by__isnull=False))
        expected = {
            one.pk
            for one in rows
            for other in rows
            if one.frame_id == other.frame_id
            and one.created_by != other.created_by
            and iou(one, other) >= 0.5
        }
        assert boxes_in("overlapping") == expected
        assert boxes_in("overlapping", world.project.pk) == expected
        assert boxes_in("overlapping", world.project.pk + 1) == set()
        assert frames_in("overlapping") == {one.frame_id for one in rows if one.pk in expected}

    def test_outliers_stand_out_of_their_label(self, world: World) -> None:
        dice = random.Random(5)
        for _ in range(60):
            wide = dice.uniform(90, 110)
            Box.objects.create(id=uuid4(), frame=world.frame, label=world.label, x1=0, y1=0, x2=wide,
                               y2=dice.uniform(45, 55), created_revision=1)  # fmt: skip
        huge = Box.objects.create(
            id=uuid4(), frame=world.frame, label=world.label, x1=0, y1=0, x2=900, y2=450, created_revision=1
        )
        thin = Box.objects.create(
            id=uuid4(), frame=world.frame, label=world.label, x1=0, y1=0, x2=500, y2=10, created_revision=1
        )
        rare = Label.objects.create(project=world.project, name="rare", color="#123456")
        add_box(world.frame, rare)
        assert boxes_in("outliers") == {huge.pk, thin.pk}

    def test_limits_hold_nearly_all_of_a_normal_label(self) -> None:
        dice = random.Random(1)
        rows = [(uuid4(), 7, dice.lognormvariate(4, 0.4), dice.lognormvariate(4, 0.4)) for _ in range(3000)]
        limits = outliers.limits_of(rows)[7]
        out = [w * h for _box, _label, w, h in rows if not limits.area[0] <= w * h <= limits.area[1]]
        assert len(out) <= 3 and limits.area[0] < 3000 < limits.area[1]

    def test_the_window_is_the_newest_frames(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        old = world.frame
        new = [add_frame(world.project, old.source, f"{n}.jpg") for n in range(3)]
        monkeypatch.setattr(curation, "WINDOW", 2)
        for frame in (old, *new):
            add_box(frame, world.label)
        assert set(Scope().window().values_list("frame", flat=True)) == {new[1].pk, new[2].pk}


def iou(one: Box, other: Box) -> float:
    width = min(one.x2, other.x2) - max(one.x1, other.x1)
    height = min(one.y2, other.y2) - max(one.y1, other.y1)
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box.x2 - box.x1) * (box.y2 - box.y1) for box in (one, other))
    return width * height / (areas - width * height)


def reversed_box(world: World) -> Box:
    version = ModelVersion.objects.create(name="m", kind="onnx", sha256="0" * 64)
    detection = Detection.objects.create(
        project=world.project, model_version=version, trigger="editor", scope="frame", confidence=0.2, iou=0.5,
        image_size=640,
    )  # fmt: skip
    box = add_box(world.frame, world.label)
    Proposal.objects.create(
        box=box, detection=detection, frame=world.frame, label=world.label, class_name="boat", confidence=0.6,
        x1=1, y1=1, x2=2, y2=2, reversals=1,
    )  # fmt: skip
    return box


class TestFrameViews:
    def test_empty_unreviewed_and_disliked(self, world: World) -> None:
        full, empty = world.frame, add_frame(world.project, world.frame.source, "e.jpg", status="complete")
        Frame.objects.filter(pk=full.pk).update(status="approved")
        for left in (10, 200):
            add_box(full, world.label, left=left)
        Review.objects.create(frame=full, verdict="approved", revision=1)
        Feedback.objects.create(frame=full, verdict="negative")
        assert frames_in("nearly_empty") == {empty.pk}
        assert frames_in("never_reviewed") == {empty.pk}
        assert frames_in("negative") == {full.pk}
        Review.objects.create(frame=empty, verdict="returned", revision=1)
        assert frames_in("disputed") == {empty.pk}

    @pytest.mark.parametrize("model", ["box", "frame"])
    def test_every_view_opens_in_few_queries_with_and_without_a_project(
        self, model: str, world: World
    ) -> None:
        for number in range(4):
            propose(add_frame(world.project, world.frame.source, f"{number}.jpg"), world.label, 3)
        client = world.client("admin")
        address = reverse(f"admin:annotate_{model}_changelist")
        views = BOX_VIEWS if model == "box" else FRAME_VIEWS
        parameter = "project" if model == "box" else "project__id__exact"
        for view in views:
            for query in (
                {"view": view},
                {"view": view, parameter: str(world.project.pk), "_facets": "True"},
            ):
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(address, query).status_code == 200
                assert len(captured) <= 15, (view, query)
        assert client.get(address, {"view": "nonsense", parameter: "x" * 30}).status_code in {200, 302}


def test_labels_are_counted_and_sorted_by_their_boxes(world: World) -> None:
    few, many = world.label, Label.objects.create(project=world.project, name="anchor", color="#009e73")
    unused = Label.objects.create(project=world.project, name="zebra", color="#cc79a7")
    for number in range(3):
        add_box(world.frame, many, left=number)
    gone, _kept = add_box(world.frame, few), add_box(world.frame, few)
    Box.objects.filter(pk=gone.pk).update(deleted_revision=2)

    def rows(query: str) -> list[tuple[int, int]]:
        page = listed(world, "label", query)
        found = re.findall(r'/label/(\d+)/change/.*?class="field-box_count">(\d+)<', page, re.DOTALL)
        return [(int(pk), int(count)) for pk, count in found]

    by_count = [(unused.pk, 0), (few.pk, 1), (many.pk, 3)]
    assert sorted(rows("")) == sorted(by_count)
    assert rows("o=7") == by_count and rows("o=-7") == by_count[::-1]


class TestPictures:
    def test_boxes_are_drawn_in_the_colours_of_their_labels(self, world: World) -> None:
        add_box(world.frame, world.label)
        add_box(world.frame, world.label, status="rejected")
        page = listed(world, "frame")
        assert page.count('class="desk-box desk-box--accepted"') == 1 and "desk-box--rejected" not in page
        assert 'stroke="#0072b2"' in page and "1 box drawn" in page
        assert reverse("admin:annotate_frame_thumbnail", args=[world.frame.pk]) in page

    def test_of_a_crowded_frame_so_many_are_drawn(self, world: World) -> None:
        for number in range(MOST_BOXES + 5):
            add_box(world.frame, world.label, left=number)
        assert listed(world, "frame").count("desk-box--accepted") == MOST_BOXES

    def test_a_page_of_frames_costs_the_same_however_many_there_are(self, world: World) -> None:
        client = world.client("admin")

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(reverse("admin:annotate_frame_changelist"))
            return len(captured)

        few = queries()
        for number in range(30):
            add_box(add_frame(world.project, world.frame.source, f"{number}.jpg"), world.label)
        assert queries() <= few + 1 <= 15, "one more for the first and last day"

    @pytest.mark.parametrize("seed", range(5))
    def test_a_crop_holds_its_box_and_stays_in_the_picture(self, seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(50):
            frame = Frame(width=dice.randint(1, 4000), height=dice.randint(1, 4000))
            x1, y1 = dice.uniform(0, frame.width * 0.9), dice.uniform(0, frame.height * 0.9)
            box = Box(
                x1=x1,
                y1=y1,
                x2=dice.uniform(x1 + 0.01, frame.width),
                y2=dice.uniform(y1 + 0.01, frame.height),
            )
            left, top, side = crop_around(box, frame)
            assert left <= box.x1 + 1e-6 and box.x2 <= left + side + 1e-6
            assert top <= box.y1 + 1e-6 and box.y2 <= top + side + 1e-6
            assert min(left, top) >= 0 and side <= max(frame.width, frame.height)

    def test_z3_pictures_are_for_those_who_may_look(self, world: World) -> None:
        address = reverse("admin:annotate_frame_thumbnail", args=[world.frame.pk])
        assert staff_client(world, "view_label").get(address).status_code == 403
        assert staff_client(world, "view_box").get(address).status_code == 202, "none is made yet"
        assert world.client("annotator").get(address).status_code == 302
        assert (
            world.client("admin").get(reverse("admin:annotate_frame_thumbnail", args=[10**9])).status_code
            == 404
        )


class TestSearch:
    def test_it_finds_by_names_of_related_rows_and_by_ids(self, world: World) -> None:
        box = add_box(world.frame, world.label)
        Box.objects.filter(pk=box.pk).update(created_by=world.people["annotator"])
        other = add_box(add_frame(world.project, world.frame.source, "quay.jpg"), world.label)
        link = f"/box/{box.pk}/change/"
        for words in ("pier", "annot", str(box.pk), "boat pier", '"pier.jpg"'):
            assert link in listed(world, "box", f"q={words}"), words
        assert f"/box/{other.pk}/change/" not in listed(world, "box", "q=pier")
        assert "/box/" + str(other.pk) not in listed(world, "box", "q=quay+pier")
        assert listed(world, "box", "q=%00") and listed(world, "frame", "q=' \"")

    def test_words(self) -> None:
        assert words_of('one "two three" \x00four') == ["one", "two three", "four"]

    def test_deleted_boxes_are_shown_when_asked_for(self, world: World) -> None:
        box = add_box(world.frame, world.label)
        Box.objects.filter(pk=box.pk).update(deleted_revision=3)
        link = f"/box/{box.pk}/change/"
        assert link not in listed(world, "box")
        assert link in listed(world, "box", "there=deleted") and link in listed(world, "box", "there=all")


def test_long_lists_are_counted_so_far(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        add_box(world.frame, world.label, left=number)
    assert "4 boxes" in listed(world, "box")
    monkeypatch.setattr(paging, "MOST_COUNTED", 3)
    page = listed(world, "box", "_facets=True")
    assert "more than 3 boxes" in page and "counts" not in page.split('id="changelist-filter"')[1]


@pytest.mark.parametrize("query", [
    "", "boxes=none", "boxes=some&status__exact=complete", "there=all&is_gold__exact=1", "view=nearly_empty",
    "q=pier&boxes=some",
    "status__exact=complete&is_blind__exact=0&boxes=some&there=aside",
])  # fmt: skip
def test_counts_beside_filters_are_those_of_django_in_fewer_queries(
    world: World, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    for number, status in enumerate(["complete", "complete", "approved", "to_annotate"]):
        frame = add_frame(world.project, world.frame.source, f"pier-{number}.jpg", status=status)
        if number:
            add_box(frame, world.label)
        Frame.objects.filter(pk=frame.pk).update(
            is_gold=number == 2, set_aside_at=frame.created_at if number == 1 else None
        )

    client = world.client("admin")

    def asked() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"{reverse('admin:annotate_frame_changelist')}?_facets=True&{query}")
        return answer.content.decode().split('id="changelist-filter"')[1].split("</nav>")[0], len(captured)

    counted, queries = asked()
    with monkeypatch.context() as patch:
        patch.setattr(DeskChangeList, "count_at_once", lambda self, request: None)
        assert asked()[0] == counted and "(1)" in counted
    assert queries <= 15


class TestValues:
    def test_json_is_text_for_people(self, world: World) -> None:
        job = Job.objects.create(
            kind="bulk", payload={"action": "accept", "frames": [[1, 2]], "<b>": None, "deep": {"is": True}}
        )
        page = world.client("admin").get(reverse("admin:annotate_job_change", args=[job.pk])).content.decode()
        assert "<dt>action</dt><dd>accept</dd>" in page and "<dt>is</dt><dd>yes</dd>" in page
        assert "&lt;b&gt;" in page and "{&quot;" not in page and "<textarea" not in page

    def test_it_is_bounded(self) -> None:
        nested: dict[str, object] = {}
        for _ in range(50):
            nested = {"a": nested, "b": [nested]}
        assert len(str(readable(nested))) < 20_000
        assert "and 940 more" in str(readable(list(range(1000))))
        assert readable({}) == readable(None) == "–"
        assert len(str(readable("x" * 10_000))) < 500

    def test_nothing_secret_or_silent_is_shown(self) -> None:
        from django.contrib import admin

        request = HttpRequest()
        request.user = User(is_superuser=True, is_staff=True, is_active=True)
        for model, names in {
            "Webhook": {"secret"},
            "ApiToken": {"digest"},
            "DetectionFrame": {"found"},
        }.items():
            desk = next(one for one in admin.site._registry.values() if one.model.__name__ == model)
            shown = {str(name) for _title, part in desk.get_fieldsets(request) for name in part["fields"]}
            assert not {name.removeprefix("readable_") for name in shown} & names


class TestFirstPage:
    def test_it_says_how_things_are(self, world: World) -> None:
        propose(world.frame, world.label, 3)
        add_frame(world.project, world.frame.source, "r.jpg", status="returned")
        Job.objects.create(kind="ingest", project=world.project, state="failed", finished_at=timezone.now())
        client = world.client("admin")
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse("admin:index")).content.decode()
        assert len(captured) <= 25
        assert "Harbour cameras" in page and "0 of 2" in page and "view=never_reviewed" in page
        assert 'class="is-bad"' in page and "1 in a day" in page

    def test_a_job_that_nobody_takes_shows_that_no_worker_is_there(self, world: World) -> None:
        job = Job.objects.create(kind="ingest", project=world.project)
        client = world.client("admin")
        assert "nothing waits for it" in client.get(reverse("admin:index")).content.decode()
        Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(minutes=5))
        assert "not heard of" in client.get(reverse("admin:index")).content.decode()

    def test_the_number_of_projects_does_not_matter(self, world: World) -> None:
        from annotate.models import Project

        client = world.client("admin")

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(reverse("admin:index"))
            return len(captured)

        few = queries()
        for number in range(20):
            Project.objects.create(name=f"p{number}")
        assert queries() == few

    def test_d2_staff_see_what_they_may(self, world: World) -> None:
        page = staff_client(world, "view_label").get(reverse("admin:index")).content.decode()
        assert "Harbour cameras" not in page and "Failed jobs" not in page and "Disk" in page


def test_d7_the_history_of_a_box_and_a_frame_is_their_log(world: World) -> None:
    [box] = propose(world.frame, world.label, 1)
    client = world.client("admin")
    for model, key in (("box", box), ("frame", world.frame.pk)):
        page = client.get(reverse(f"admin:annotate_{model}_history", args=[key])).content.decode()
        assert "Create (Model)" in page, model
    assert client.get(reverse("admin:annotate_box_history", args=["no-uuid"])).status_code in {302, 404}
    assert client.get(reverse("admin:annotate_box_change", args=[box])).status_code == 200
    assert client.get(reverse("admin:annotate_frame_change", args=[world.frame.pk])).status_code == 200
