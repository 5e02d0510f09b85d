"""The page of agreement: asking, what it shows, merging; and where copies are listed."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.jobs.merge import start_merge
from annotate.models import Frame, Job, Project
from annotate.palette import PEOPLE, person_color

from .conftest import BUS, CAR, Desk


def client(desk: Desk, who: str) -> Client:
    signed_in = Client()
    signed_in.force_login(desk.person(who))
    return signed_in


def post(desk: Desk, who: str, address: str, /, *args: object, **form: Any) -> Any:
    return client(desk, who).post(reverse(address, args=[desk.project.pk, *args]), form)


def page(desk: Desk, who: str = "reviewer", query: str = "") -> str:
    response = client(desk, who).get(reverse("agreement", args=[desk.project.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def asked(desk: Desk, **form: Any) -> Any:
    people = [desk.person("annotator").pk, desk.person("second").pk]
    return post(desk, "owner", "ask_people", **{"people": people, "which": "next", "number": 1, **form})


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"number": 2}, {"a-1.jpg", "a-2.jpg"}),
        ({"which": "all", "number": ""}, {"a-1.jpg", "a-2.jpg", "b-1.jpg"}),
        ({"which": "named", "name": "B-"}, {"b-1.jpg"}),
        ({"which": "gold"}, {"gold.jpg"}),
    ],
)
def test_a_manager_asks_people_for_images(form: dict[str, Any], expected: set[str], desk: Desk) -> None:
    for place, name in enumerate(("a-1.jpg", "a-2.jpg", "b-1.jpg")):
        desk.world.frame(name=name, index=place)
    desk.world.frame(name="gold.jpg", status="complete", is_gold=True, index=4)
    assert asked(desk, **form).status_code == 302
    for who in ("annotator", "second"):
        assert set(desk.copy(who).frames.values_list("name", flat=True)) == expected


def test_as_many_people_as_the_project_wants_get_each_image(desk: Desk) -> None:
    form = client(desk, "owner").get(reverse("agreement", args=[desk.project.pk])).context["form"]
    assert form["per_image"].value() == 2
    Project.objects.update(review="one")
    form = client(desk, "owner").get(reverse("agreement", args=[desk.project.pk])).context["form"]
    assert form["per_image"].value() is None, "there it is for the manager to say"
    for place in range(3):
        desk.world.frame(index=place)
    everybody = [desk.person(who).pk for who in ("annotator", "second", "owner")]
    asked(desk, people=everybody, number=3, per_image=2)
    assert [desk.copy(who).frames.count() for who in ("annotator", "second", "owner")] == [2, 2, 2]
    assert "enough other people do" in asked_page(desk, people=everybody, number=3, per_image=2)
    asked(desk, people=everybody, which="short", per_image=3)
    assert [desk.copy(who).frames.count() for who in ("annotator", "second", "owner")] == [3, 3, 3]
    gold = desk.world.frame(status="complete", is_gold=True, index=9)
    asked(desk, people=everybody, which="gold", per_image=1)
    assert Frame.objects.filter(project__copy_of=desk.project, original_md5=gold.original_md5).count() == 3


def asked_page(desk: Desk, **form: Any) -> str:
    signed_in = client(desk, "owner")
    address = reverse("ask_people", args=[desk.project.pk])
    answer = signed_in.post(address, {"which": "next", **form}, follow=True)
    return answer.content.decode()


def test_the_tables_are_files_too(desk: Desk) -> None:
    desk.dispute()
    first, second = desk.person("annotator"), desk.person("second")
    shown = page(desk)
    found = {}
    for table in ("people", "labels", "pairs"):
        address = reverse("agreement_file", args=[desk.project.pk, table])
        assert table == "pairs" or f'href="{address}"' in shown
        answer = client(desk, "reviewer").get(address)
        assert answer["Content-Disposition"].endswith(f'-agreement-{table}.csv"')
        found[table] = answer.content.decode().splitlines()
    alpha = round(1 - 5 * 2 / (6**2 - 4**2 - 1 - 1), 6)
    assert found["people"] == [
        "user,name,images,done,compared,f1,iou,alpha,gold_images,gold_f1",
        *(f"{one.pk},{one.display_name},2,2,2,0.8,1.0,{alpha},0," for one in (first, second)),
    ]
    assert found["labels"][0] == "label,boxes,f1,iou,alpha" and found["labels"][1].startswith("bus,1,0.0,,")
    assert found["pairs"][1] == f"{first.pk},Annotator,{second.pk},Second,0.8,1.0"
    assert f'<td class="number" data-name="Alpha">{alpha:.2f}</td>' in shown
    assert (
        client(desk, "reviewer").get(reverse("agreement_file", args=[desk.project.pk, "x"])).status_code
        == 404
    )
    assert client(desk, "annotator").get(address).status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        *(
            {"people": []},
            {"number": ""},
            {"which": "named"},
            {"which": "x"},
            {"which": "gold"},
            {"number": 1001},
        ),
        *({"per_image": 0}, {"per_image": 11}, {"which": "short"}),
    ],
)
def test_what_is_asked_wrongly_is_said_and_changes_nothing(form: dict[str, Any], desk: Desk) -> None:
    desk.world.frame()
    response = asked(desk, **form)
    assert response.status_code == 400
    assert 'class="field__error"' in response.content.decode() or 'role="alert"' in response.content.decode()
    assert Project.objects.count() == 1


def test_only_members_who_may_draw_are_asked(desk: Desk) -> None:
    desk.world.frame()
    for who in ("viewer", "stranger"):
        assert asked(desk, people=[desk.person(who).pk]).status_code == 400
    assert Project.objects.count() == 1


def test_it_shows_how_much_they_agree_and_where_they_do_not(desk: Desk) -> None:
    desk.dispute()
    shown = page(desk)
    assert "<strong>80%</strong> agreement (F1)" in shown
    assert "Annotator: nothing · Second: bus" in shown
    assert shown.count('class="frame-card panel"') == 1  # they agree on the other image
    for who in ("annotator", "second"):
        assert f'stroke="{person_color(desk.person(who).pk)}"' in shown
    assert "2 images can be merged." in shown


def test_the_number_of_queries_does_not_grow(desk: Desk, django_assert_max_num_queries: Any) -> None:
    for frame in desk.ask("annotator", "second", "owner", frames=8):
        for who in ("annotator", "second", "owner"):
            desk.draw(who, frame, CAR if who != "second" else BUS)
    reviewer = client(desk, "reviewer")
    with django_assert_max_num_queries(30):
        reviewer.get(reverse("agreement", args=[desk.project.pk]))


def test_it_merges_and_takes_back(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    for who in ("annotator", "second"):
        desk.draw(who, frame, CAR)
    assert post(desk, "reviewer", "merge_labels", action="merge").status_code == 302
    job = Job.objects.get(kind=Job.Kind.MERGE)
    assert 'data-busy="1"' in page(desk, query="?part=merge")
    desk.run(job)
    shown = page(desk, query="?part=merge")
    assert "1 image merged · 1 box" in shown and 'value="undo"' in shown
    assert 'value="undo"' not in page(desk, "owner")  # somebody else's
    post(desk, "owner", "merge_labels", action="undo")
    assert Job.objects.count() == 1
    post(desk, "reviewer", "merge_labels", action="undo")
    desk.run(Job.objects.exclude(pk=job.pk).get())
    assert "1 image as before" in page(desk, query="?part=merge")
    assert desk.boxes(frame) == set()


def test_copies_are_in_the_list_of_who_labels_them_alone(desk: Desk) -> None:
    desk.ask("annotator")
    name = desk.copy("annotator").name
    for who in ("annotator", "owner", "second"):
        shown = client(desk, who).get(reverse("projects")).content.decode()
        assert (name in shown) == (who == "annotator")
    copy = desk.copy("annotator")
    for who, status in {"annotator": 200, "owner": 200, "second": 404, "reviewer": 404}.items():
        assert client(desk, who).get(reverse("project", args=[copy.pk])).status_code == status


def test_the_tab_is_for_reviewers_where_it_is_of_use(desk: Desk) -> None:
    address = reverse("agreement", args=[desk.project.pk])

    def tab(who: str) -> bool:
        return address in client(desk, who).get(reverse("project", args=[desk.project.pk])).content.decode()

    assert (tab("reviewer"), tab("annotator")) == (True, False)
    Project.objects.update(review="one")
    assert tab("reviewer") is False
    desk.ask("annotator")
    assert tab("owner") is True


def test_a_copy_is_removed_by_managers_of_its_project_alone(desk: Desk) -> None:
    desk.ask("annotator")
    copy = desk.copy("annotator")
    assert post(desk, "reviewer", "remove_copy", copy.pk).status_code == 403
    other = Project.objects.create(name="Other", copy_of=Project.objects.create(name="Theirs"))
    assert post(desk, "owner", "remove_copy", other.pk).status_code == 404
    assert post(desk, "owner", "remove_copy", desk.project.pk).status_code == 404
    assert post(desk, "owner", "remove_copy", copy.pk).status_code == 302
    copy.refresh_from_db()
    assert copy.archived_at is not None, "what its annotator drew is kept"
    assert Frame.objects.filter(project=desk.project).count() == 1


def test_gold_is_marked_and_unmarked(desk: Desk) -> None:
    frame = desk.world.frame()
    for wanted, expected in (("1", True), ("0", False)):
        assert post(desk, "owner", "change_gold", gold=f"{frame.pk}:{wanted}").status_code == 302
        assert Frame.objects.get(pk=frame.pk).is_gold is expected
    for bad in ("", "x:1", f"{10**18}:1"):
        assert post(desk, "owner", "change_gold", gold=bad).status_code == 404


def test_people_have_the_colours_of_the_editor(desk: Desk) -> None:
    script = Path("frontend/src/renderer/colors.js").read_text()
    [line] = [line for line in script.splitlines() if line.startswith("const PEOPLE")]
    assert [color in line for color in PEOPLE] == [True] * line.count("#")


def test_a_merge_that_is_running_is_not_started_twice(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    for who in ("annotator", "second"):
        desk.draw(who, frame, CAR)
    start_merge(desk.project, desk.person("reviewer"))
    post(desk, "reviewer", "merge_labels", action="merge")
    assert Job.objects.filter(kind=Job.Kind.MERGE).count() == 1
