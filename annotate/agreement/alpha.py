"""Krippendorff's alpha for names: 1 is perfect agreement, 0 what chance would give, below 0 worse than chance. Pure.

K. Krippendorff, Content Analysis, 4th ed. 2018, ch. 12; "Computing Krippendorff's Alpha-Reliability" (2011), section B
to D for nominal data with any number of people and missing values.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


def alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """``units``: per thing that was named, the names that it got, in any order; one name alone says nothing.

    None where fewer than two names were given at all, or only one name ever: there is nothing to agree about.
    """
    totals: Counter[Hashable] = Counter()
    disagreement = 0.0
    for unit in units:
        if len(unit) < 2:
            continue
        counts = Counter(unit)
        totals.update(counts)
        alike = sum(count * (count - 1) for count in counts.values())
        disagreement += (len(unit) * (len(unit) - 1) - alike) / (len(unit) - 1)
    number = sum(totals.values())
    by_chance = number**2 - sum(count**2 for count in totals.values())
    if number < 2 or by_chance == 0:
        return None
    return 1 - (number - 1) * disagreement / by_chance
