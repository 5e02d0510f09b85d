import pytest

from tests.sync.world import make_world

from .factory import Lab


@pytest.fixture
def lab(db: None) -> Lab:
    return Lab(make_world())
