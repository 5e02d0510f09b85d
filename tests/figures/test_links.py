"""Whatever people and models did, and whatever is chosen: a number leads to exactly the frames that it counts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from annotate.figures.behind import frames_behind
from annotate.figures.catalogue import BY_NAME
from annotate.figures.choice import DAYS, Choice
from annotate.figures.figure import Column, Figure, Row
from annotate.figures.report import report_for
from tests.sync.world import make_world

from .chance import PEOPLE, Chance
from .factory import Lab, figure_in

SEEDS = range(4)
CHOICES = 5
MOST_OTHERS = 15
"""Cells of a figure that are looked at besides those that count images."""
OF_IMAGES = {
    "proposals": {"frames"},
    "versions": {"frames"},
    "classes": {"frames"},
    "people": {"frames"},
    "reviews": {"approved", "returned"},
    "queue": {"frames"},
}
"""The columns that count images; those of ``people_frames`` besides, one for each person."""


def counts_images(figure: str, column: str) -> bool:
    return column in OF_IMAGES.get(figure, ()) or (figure == "people_frames" and column.startswith("person_"))


def choices_of(chance: Chance) -> Iterator[Choice]:
    """First with nothing chosen, then anything; of the labels one has no proposals, and one version no detection."""
    lab, random = chance.lab, chance.random
    versions = [*(one.pk for one in chance.versions), lab.version(number=3).pk]
    yield lab.choice()
    for _choice in range(CHOICES):
        yield lab.choice(
            random.choice((None, None, *PEOPLE)),
            days=random.choice(DAYS),
            version=random.choice((None, *versions)),
            label=random.choice((None, *lab.world.labels.values())),
            threshold=random.choice((0.0, 0.3, 0.65, 1.0)),
        )


def leads_to(name: str, choice: Choice, select: dict[str, Any]) -> int:
    return frames_behind(name, replace(choice, asked=structs.replace(choice.asked, **select))).count()


def cells_of(chance: Chance, figure: Figure) -> list[tuple[Row, Column, Any]]:
    """Of those with frames behind them: all that count something in images, and some of the others."""
    cells = [
        (row, column, cell)
        for row in figure.rows
        for column, cell in zip(figure.columns, row.cells, strict=True)
        if column.select is not None
    ]
    first, rest = [], []
    for one in cells:
        _row, column, cell = one
        if cell and counts_images(figure.name, column.key):
            first.append(one)
        elif cell or column.unit == "count":
            rest.append(one)
    return first + chance.random.sample(rest, min(len(rest), MOST_OTHERS))


def worked(lab: Lab, seed: int) -> Chance:
    chance = Chance(lab, seed)
    chance.work()
    return chance


@pytest.mark.parametrize("seed", SEEDS)
def test_every_number_leads_to_the_frames_that_it_counts(lab: Lab, seed: int) -> None:
    """To as many, where it counts images; counts of boxes and verdicts are of at least one on each of them."""
    chance, images = worked(lab, seed), 0
    for choice in choices_of(chance):
        report = report_for(choice)
        for figure in report.figures:
            for row, column, cell in cells_of(chance, figure):
                found = leads_to(figure.name, choice, {**row.select, **(column.select or {})})
                where = (seed, choice.reader, choice.asked, figure.name, column.key, row)
                assert bool(found) == bool(cell), where
                if counts_images(figure.name, column.key):
                    assert found == cell, where
                    images += 1
                elif column.unit == "count" and column.key != "days":
                    assert found <= cell, where
        for number in report.numbers:
            found = leads_to(number.figure, choice, number.select)
            assert found == number.value if number.unit == "count" else found or not number.value, number
    assert images > 50


def followed_by(lab: Lab, choices: dict[str, Any]) -> set[tuple[str, str]]:
    """Which figures are others by which choice, as (word, name)."""
    whole = report_for(lab.choice(days=365))
    found = set()
    for word, value in choices.items():
        asked: dict[str, Any] = {word: value}
        report = report_for(lab.choice(days=365, **asked))
        found |= {(word, name) for name in BY_NAME if figure_in(report, name) != figure_in(whole, name)}
    return found


def test_a_figure_says_which_choices_it_does_not_follow(db: None) -> None:
    """Those are the same with that choice and without, and all others are not."""
    followed: set[tuple[str, str]] = set()
    for seed in SEEDS:
        chance = worked(Lab(make_world()), seed)
        version, label = chance.versions[0].pk, chance.lab.world.labels["bus"]
        followed |= followed_by(chance.lab, {"version": version, "label": label, "threshold": 0.65})
    expected = {
        (word, name)
        for name, about in BY_NAME.items()
        for word in ("version", "label", "threshold")
        if word not in about.not_by
    }
    assert followed == expected - {("threshold", "thresholds")} | {("label", "feedback")}
