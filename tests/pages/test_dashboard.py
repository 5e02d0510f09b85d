"""The page of the figures, its JSON, its files and the frames behind: who sees what, and what an address may say."""

import csv
import io
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotate.figures.catalogue import BY_NAME
from annotate.models import Frame, Label, Membership, Project, User
from tests.figures.factory import Lab
from tests.sync.world import make_world


@pytest.fixture
def lab(db: None) -> Lab:
    return Lab(make_world())


def client_of(lab: Lab, who: str = "owner") -> Client:
    client = Client()
    client.force_login(lab.world.people[who])
    return client


def address(lab: Lab, name: str, *rest: str) -> str:
    return reverse(name, args=[lab.world.project.pk, *rest])


def some_work(lab: Lab) -> Frame:
    frame = lab.world.frame()
    [box] = lab.detect(frame, lab.version())
    lab.change(frame, box, status="accepted")
    lab.draw(frame, who="second")
    lab.complete(frame)
    return frame


def figure_of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [figure for figure in answer["figures"] if figure["name"] == name]
    return dict(found)


def test_it_has_a_place_for_every_figure_and_says_what_it_means(lab: Lab) -> None:
    page = client_of(lab).get(address(lab, "dashboard"))
    body = page.content.decode()
    for about in BY_NAME.values():
        assert f'data-figure="{about.name}"' in body and str(about.text).split(",")[0] in body
        assert address(lab, "figure_file", about.name) in body
    assert address(lab, "figures") in body and 'aria-current="page">Figures' in body


def test_it_answers_with_every_figure(lab: Lab) -> None:
    some_work(lab)
    answer = client_of(lab).get(address(lab, "figures")).json()
    assert [figure["name"] for figure in answer["figures"]] == list(BY_NAME)
    assert not answer["is_empty"]
    [row] = figure_of(answer, "versions")["rows"]
    assert row["cells"][:3] == ["Nano 1", 1, 1] and row["select"] == {"version": answer["versions"][0]["id"]}


def test_it_answers_that_nothing_changed_without_counting_again(
    lab: Lab, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    frame = some_work(lab)
    client = client_of(lab)
    first = client.get(address(lab, "figures"))
    with django_assert_num_queries(5):  # session, person, project, role; and one that looks for changes
        again = client.get(address(lab, "figures"), {"days": "1"}, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    lab.draw(frame, left=400)
    changed = client.get(address(lab, "figures"), headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and changed["ETag"] != first["ETag"]


def test_it_never_gives_one_answer_for_another(lab: Lab) -> None:
    some_work(lab)
    where = address(lab, "figures")
    tags = [client_of(lab, who).get(where)["ETag"] for who in ("owner", "annotator", "second")]
    tags += [client_of(lab).get(where, words)["ETag"] for words in ({"days": "7"}, {"threshold": "0.5"})]
    assert len(set(tags)) == 5
    User.objects.update(language="fr")
    assert client_of(lab).get(where)["ETag"] not in tags


@pytest.mark.parametrize(
    ("who", "expected"), [("owner", 2), ("reviewer", 2), ("annotator", 1), ("viewer", 0)]
)
def test_it_shows_below_reviewers_ones_own_work_alone(lab: Lab, who: str, expected: int) -> None:
    some_work(lab)
    client = client_of(lab, who)
    assert len(figure_of(client.get(address(lab, "figures")).json(), "people")["rows"]) == expected
    file = client.get(address(lab, "figure_file", "people")).content.decode()
    assert len(list(csv.DictReader(io.StringIO(file)))) == expected
    second = {"person": lab.world.people["second"].pk}
    behind = client.get(address(lab, "figure_frames", "people"), second).json()
    assert behind["total"] == (1 if expected == 2 else 0)


def test_it_leads_to_the_frames_behind_a_cell(lab: Lab) -> None:
    frame = some_work(lab)
    lab.world.frame()
    found = client_of(lab).get(address(lab, "figure_frames", "proposals"), {"outcome": "missed"}).json()
    assert found["total"] == 1
    assert found["frames"][0]["url"] == reverse("editor", args=[lab.world.project.pk, frame.pk])
    assert found["frames"][0]["status"] == "complete"


def test_it_leads_to_the_first_frames_and_then_to_the_others(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotate.views.dashboard.MOST_SHOWN", 2)
    for number in range(3):
        lab.world.frame(index=number, name=f"{number}.jpg")
    client, where = client_of(lab), address(lab, "figure_frames", "queue")
    found = client.get(where).json()
    assert ([frame["name"] for frame in found["frames"]], found["total"]) == (["0.jpg", "1.jpg"], 3)
    rest = client.get(where, {"after": found["frames"][-1]["id"]}).json()
    assert ([frame["name"] for frame in rest["frames"]], rest["total"]) == (["2.jpg"], 3)
    assert (found["has_more"], rest["has_more"]) == (True, False)


def test_it_writes_a_figure_as_a_file(lab: Lab) -> None:
    some_work(lab)
    response = client_of(lab).get(address(lab, "figure_file", "proposals"), {"days": "7"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert (
        f'filename="project-{lab.world.project.pk}-proposals-7-days.csv"' in response["Content-Disposition"]
    )
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert len(rows) == 7 and (rows[-1]["accepted"], rows[-1]["missed"]) == ("1", "1")
    assert rows[0]["accepted_per_frame"] == ""


def test_it_writes_no_formula_into_a_file(lab: Lab) -> None:
    Label.objects.filter(pk=lab.world.labels["car"]).update(name='=HYPERLINK("http://a.example")')
    some_work(lab)
    body = client_of(lab).get(address(lab, "figure_file", "classes")).content.decode()
    assert list(csv.DictReader(io.StringIO(body)))[0]["label"].startswith("'=")


@pytest.mark.parametrize("words", [{"days": "8"}, {"threshold": "x"}, {"at": "now"}, {"unknown": "1"}])
def test_it_refuses_an_address_that_it_does_not_understand(lab: Lab, words: dict[str, str]) -> None:
    client = client_of(lab)
    for name, rest in (("figures", ()), ("figure_frames", ("queue",))):
        answer = client.get(address(lab, name, *rest), words)
        assert answer.status_code == 400 and "understand" in answer.json()["error"]["detail"]
    assert client.get(address(lab, "figure_file", "queue"), words).status_code == 400
    page = client.get(address(lab, "dashboard"), words)
    assert page.status_code == 200 and "did not understand" in page.content.decode()


@pytest.mark.parametrize("words", [{"version": "99999"}, {"label": "99999"}, {"person": "99999"}])
def test_it_refuses_ids_that_it_does_not_know(lab: Lab, words: dict[str, str]) -> None:
    client = client_of(lab)
    for name, rest in (("figures", ()), ("figure_frames", ("queue",)), ("figure_file", ("queue",))):
        answer = client.get(address(lab, name, *rest), words)
        assert answer.status_code == 400 and f"{[*words][0]}: " in answer.content.decode()
    page = client.get(address(lab, "dashboard"), words).content.decode()
    assert "did not understand" in page and "99999" not in page
    assert client.get(f"/api/v1/projects/{lab.world.project.pk}/figures", words).status_code == 400


def test_it_chooses_a_period_that_fits_and_shows_it(lab: Lab) -> None:
    some_work(lab)
    client, where = client_of(lab), address(lab, "dashboard")
    assert '<option value="1" selected>' in client.get(where).content.decode()
    assert '<option value="30" selected>' in client.get(where, {"days": "30"}).content.decode()
    file = client.get(address(lab, "figure_file", "proposals")).content.decode()
    assert len(list(csv.DictReader(io.StringIO(file)))) == 24


def test_it_says_on_the_figure_which_choices_it_does_not_follow(lab: Lab) -> None:
    body = client_of(lab).get(address(lab, "dashboard")).content.decode()
    assert body.count('<span data-not-by="label" hidden>Not by label</span>') == 6
    assert "Whole images: not by label" in body


def test_it_has_no_other_figures(lab: Lab) -> None:
    for name in ("figure_file", "figure_frames"):
        assert client_of(lab).get(address(lab, name, "salaries")).status_code == 404


def test_it_speaks_french(lab: Lab) -> None:
    User.objects.update(language="fr")
    assert 'lang="fr"' in client_of(lab).get(address(lab, "dashboard")).content.decode()


def test_it_describes_every_figure_in_the_docs() -> None:
    text = (settings.BASE_DIR / "docs/figures.md").read_text()
    missing = [name for name in BY_NAME if f"`{name}`" not in text]
    assert missing == []


def test_it_shows_no_figures_of_a_project_that_one_is_not_a_member_of(lab: Lab) -> None:
    project = Project.objects.create(name="Theirs")
    client = client_of(lab)
    assert not Membership.objects.filter(project=project).exists()
    assert client.get(reverse("figures", args=[project.pk])).status_code == 404
