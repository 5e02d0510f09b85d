"""A site on which somebody has worked once, of which MLflow is to be told by a real worker."""

from tests.media.site import FILL, Site
from tests.prepared import prepare

VISIT = """
import django
django.setup()
from tests.figures.factory import Lab
from tests.sync.world import make_world
from tests.tracking.visit import Visit, add_picture
world = make_world()
Visit(Lab(world), add_picture(world)).whole()
"""
PROJECT = 2
"""The one of VISIT, with one frame; the first is that of every Site."""
RUNS = 2
"""The session, and the detection under it."""


def prepare_visited(site: Site, *more: str) -> None:
    """``more``: Python that adds something. What processes are told later of MLflow's address is no part of it."""
    prepare(site.environment, FILL, VISIT, *more)


def is_told(site: Site) -> bool:
    told = site.rows("SELECT delivered = sequenced AND problem = '' FROM annotate_trackingrun")
    waiting = site.value("SELECT COUNT(*) FROM annotate_trackingevent WHERE run_id IS NULL")
    return told == [(1,)] * RUNS and waiting == 0
