"""Which ids an address may name in a project, and the period where it names none."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotate.figures.asking import choice_for
from annotate.figures.behind import frames_behind, going_on
from annotate.figures.choice import BadChoice
from annotate.frames import set_aside
from annotate.models import Frame, Source
from tests.sync.world import add_frame, make_world

from .factory import Lab, move_back


def days_of(lab: Lab, **words: str) -> int:
    return choice_for(words, lab.world.project.pk, None).asked.days


def worked_at(lab: Lab, when: datetime) -> None:
    frame = lab.world.frame()
    lab.draw(frame)
    lab.complete(frame)
    move_back(frame, when)


@pytest.mark.parametrize(("ago", "fitting"), [(0, 1), (2, 7), (6, 7), (8, 30), (200, 30)])
def test_the_period_is_the_shortest_that_has_all_that_was_done(lab: Lab, ago: int, fitting: int) -> None:
    assert days_of(lab) == 1
    worked_at(lab, timezone.now())
    worked_at(lab, timezone.now() - timedelta(days=ago))
    assert days_of(lab) == days_of(lab, days="") == fitting


def test_a_period_that_is_asked_for_stays(lab: Lab) -> None:
    worked_at(lab, timezone.now())
    assert (days_of(lab, days="90"), days_of(lab, days="30")) == (90, 30)


def test_what_models_do_and_what_others_did_says_nothing_of_the_period(lab: Lab) -> None:
    frame = lab.world.frame()
    lab.detect(frame, lab.version())
    move_back(frame, timezone.now() - timedelta(days=20))
    worked_at(Lab(make_world()), timezone.now() - timedelta(days=20))
    assert days_of(lab) == 1


@pytest.fixture
def foreign(lab: Lab) -> dict[str, int]:
    """Ids that there are, but not in the project."""
    other = Lab(make_world())
    frame, version = other.world.frame(), other.version()
    other.detect(frame, version)
    return {"version": version.pk, "label": other.world.labels["car"], "after": frame.pk}


@pytest.mark.parametrize("word", ["version", "label", "after"])
def test_it_refuses_ids_that_the_project_does_not_know(lab: Lab, foreign: dict[str, int], word: str) -> None:
    for value in (foreign[word], 2**30):
        with pytest.raises(BadChoice, match=word):
            choice_for({word: str(value)}, lab.world.project.pk, None)


def test_it_refuses_a_person_that_there_is_not_and_tells_annotators_nothing_of_others(lab: Lab) -> None:
    with pytest.raises(BadChoice, match="person"):
        choice_for({"person": str(2**30)}, lab.world.project.pk, None)
    annotator = lab.world.people["annotator"].pk
    assert choice_for({"person": str(2**30)}, lab.world.project.pk, annotator).asked.person == 2**30


def test_it_takes_ids_that_the_project_knows(lab: Lab) -> None:
    frame, version = lab.world.frame(), lab.version()
    lab.detect(frame, version)
    words: dict[str, Any] = {
        "version": version.pk,
        "label": lab.world.labels["retired"],
        "person": lab.world.people["viewer"].pk,
        "after": frame.pk,
    }
    asked = choice_for({name: str(value) for name, value in words.items()}, lab.world.project.pk, None).asked
    assert {name: getattr(asked, name) for name in words} == words


def test_it_goes_on_behind_any_frame_in_the_order_of_frames(lab: Lab) -> None:
    """Over sources, places and frames of one place; also behind one that has been set aside meanwhile."""
    sources = [
        Source.objects.create(project=lab.world.project, kind="upload", name=name)
        for name in ("second", "third")
    ]
    Source.objects.filter(pk=sources[0].pk).update(created_at=sources[1].created_at)
    for source in (lab.world.source, *sources):
        for index in (1, 0, 1):
            add_frame(lab.world.project, source, index=index)
    everything = list(frames_behind("queue", lab.choice()))
    assert everything == list(Frame.objects.filter(project=lab.world.project)) and len(everything) == 9
    for place, frame in enumerate(everything):
        choice = lab.choice(after=frame.pk)
        assert list(going_on(frames_behind("queue", choice), choice)) == everything[place + 1 :]
    set_aside(everything[4].pk, None)
    choice = lab.choice(after=everything[4].pk)
    assert list(going_on(frames_behind("queue", choice), choice)) == everything[5:]
