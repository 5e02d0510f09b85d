"""What holds for every test."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation

LONG = (
    "tracking/test_unwell_server",
    "browser/test_all_pages",
    "faults/test_killed_server",
    "faults/test_two_processes",
    "jobs/test_worker",
    "jobs/test_celery",
    "training/test_pipeline",
    "tracking/test_real_mlflow",
    "tracking/test_relay",
    "fuzz/test_convergence",
    "learning/test_loop",
    "tracking/test_training",
    "tracking/test_many",
    "jobs/test_killed_after_training",
    "training/test_terminal",
)
"""Files whose few tests take minutes. Begun last, as their number of tests would have it, they would keep one core busy
and leave the others without work."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that are handed to processes in the order of collection: the longest first."""
    if config.getoption("loadscopereorder", default=True):
        return
    tests = Counter(item.path for item in items)
    names = {path: f"{path.parent.name}/{path.stem}" for path in tests}
    items.sort(key=lambda item: (names[item.path] not in LONG, -tests[item.path], item.path))


@pytest.fixture(autouse=True)
def spoken_language() -> Iterator[None]:
    """That of the installation: a request that a test makes for a French reader leaves French behind in the thread."""
    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.activate(settings.LANGUAGE_CODE)
