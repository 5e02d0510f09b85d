"""What an address may ask for."""

from datetime import UTC, datetime

import pytest

from annotate.figures.choice import Asked, BadChoice, Choice, asked_in

NOW = datetime(2026, 11, 25, 16, 44, 5, tzinfo=UTC)


def test_it_takes_empty_words_for_none() -> None:
    assert asked_in({"days": "7", "threshold": "0.35", "version": "", "label": "3"}) == Asked(
        days=7, threshold=0.35, label=3
    )


@pytest.mark.parametrize(
    "words",
    [
        {"days": "8"},
        {"days": "x"},
        {"threshold": "1.5"},
        {"threshold": "nan"},
        {"version": "0"},
        {"label": str(2**31)},
        {"person": "me"},
        {"at": "yesterday"},
        {"at": "2026-02-30"},
        {"at": "2026-11-25 16\x00"},
        {"outcome": "open"},
        {"colour": "red"},
    ],
)
def test_it_refuses_what_it_does_not_understand(words: dict[str, str]) -> None:
    with pytest.raises(BadChoice):
        asked_in(words)


def test_it_has_a_bucket_for_every_day_and_the_present_one_is_the_last() -> None:
    choice = Choice(1, None, Asked(days=7), NOW)
    assert choice.since == datetime(2026, 11, 19, tzinfo=UTC)
    assert (len(choice.buckets()), choice.buckets()[0], choice.buckets()[-1]) == (
        7,
        "2026-11-19",
        "2026-11-25",
    )


def test_it_has_a_bucket_for_every_hour_of_one_day() -> None:
    choice = Choice(1, None, Asked(days=1), NOW)
    assert choice.since == datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert (len(choice.buckets()), choice.buckets()[-1]) == (24, "2026-11-25 16")


def test_it_narrows_to_the_bucket_that_is_asked_for() -> None:
    hour = Choice(1, None, Asked(days=1, at="2026-11-25 16"), NOW).within("at")
    day = Choice(1, None, Asked(at="2026-11-20"), NOW).within("at")
    assert hour == {
        "at__gte": NOW.replace(minute=0, second=0),
        "at__lt": datetime(2026, 11, 25, 17, tzinfo=UTC),
    }
    assert day == {
        "at__gte": datetime(2026, 11, 20, tzinfo=UTC),
        "at__lt": datetime(2026, 11, 21, tzinfo=UTC),
    }
