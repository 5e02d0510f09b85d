"""An import is no visit of whoever brought the file: MLflow is told of no work that nobody did."""

import json

from annotate.models import Frame, StatusChange, TrackingEvent
from tests.sync.world import make_world

from .harbour import SIZE, add_pictures, imported


def test_of_images_that_are_complete_by_a_file_no_session_is_told(db: None) -> None:
    world = make_world()
    [frame] = add_pictures(world, 1)
    image = {"id": 1, "file_name": frame.name, "width": SIZE[0], "height": SIZE[1]}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 20]}
    told = {"images": [image], "annotations": [box], "categories": [{"id": 1, "name": "car"}]}
    imported(world, json.dumps(told).encode(), "set.json", status="complete")
    assert Frame.objects.get().status == "complete"
    assert StatusChange.objects.get().user == world.people["owner"]
    assert not TrackingEvent.objects.exists()
