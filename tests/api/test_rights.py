"""Every route of the API, asked by everybody. A route without a row here fails the build (Z1).

The bodies are valid ones, or such as are refused only after the right to send them was checked.
"""

from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.urls import get_resolver

from annotate.api import urls
from annotate.api.routes import ROUTES, Route
from annotate.labels.changing import changing
from annotate.models import Comment, Detection, Job, ModelVersion

from .conftest import Api

assert urls.urlpatterns  # the routes are those of the modules that it imports

WHO = (
    *("anonymous", "stranger", "viewer", "annotator", "reviewer", "manager", "admin"),
    *("reads", "writes", "manages", "viewers", "elsewhere", "expired", "revoked"),
)
NO, NONE, WHO_ARE_YOU = 403, 404, 401
ENDED = (WHO_ARE_YOU, WHO_ARE_YOU)

Row = tuple[int, ...]


def anybody(ok: int = 200, *, scope: str = "read") -> Row:
    """What concerns no project: whoever is signed in, as far as the scope of the token goes."""
    by_token = [ok if allowed(scope, has) else NO for has in ("read", "write", "manage")]
    return (WHO_ARE_YOU, *(ok,) * 6, *by_token, ok, ok, *ENDED)


def allowed(wanted: str, has: str) -> bool:
    order = ("read", "write", "manage")
    return order.index(has) >= order.index(wanted)


def members(ok: int = 200, *, role: str = "viewer", scope: str = "read") -> Row:
    roles = ("viewer", "annotator", "reviewer", "manager")
    people = [ok if roles.index(each) >= roles.index(role) else NO for each in roles]
    by_token = [ok if allowed(scope, has) else NO for has in ("read", "write", "manage")]
    return (WHO_ARE_YOU, NONE, *people, ok, *by_token, ok if role == "viewer" else NO, NONE, *ENDED)


def annotators(ok: int = 200) -> Row:
    return members(ok, role="annotator", scope="write")


def managers(ok: int = 200, *, scope: str = "manage") -> Row:
    return members(ok, role="manager", scope=scope)


CREATES = (WHO_ARE_YOU, *(NO,) * 5, 201, *(NO,) * 5, *ENDED)
TABLE: dict[str, Row] = {
    "get_me": anybody(),
    "list_tokens": anybody(),
    "revoke_token": (WHO_ARE_YOU, *(NONE,) * 11, *ENDED),
    "get_preferences": anybody(),
    "set_preferences": anybody(scope="write"),
    "list_mentions": anybody(),
    "get_schema": anybody(),
    "list_projects": anybody(),
    "create_project": CREATES,
    "get_project": members(),
    "change_project": managers(),
    "archive_project": managers(),
    "restore_project": managers(),
    "get_agreement": members(role="reviewer"),
    "ask_people": managers(201),
    "merge_labels": members(409, role="reviewer", scope="write"),
    "undo_merge": members(409, role="reviewer", scope="write"),
    "get_labelled": members(role="reviewer"),
    "set_gold": managers(),
    "list_assignments": members(),
    "give_out": managers(201),
    "change_due": managers(),
    "take_back": managers(),
    "list_project_boxes": members(),
    "preview_boxes": members(role="reviewer"),
    "change_boxes": members(409, role="reviewer", scope="write"),
    "preview_frames": managers(scope="read"),
    "change_frames": managers(409),
    "take_back_accepted": managers(409),
    "undo_job": members(409, role="reviewer", scope="write"),
    "list_labels": members(),
    "create_label": managers(201),
    "change_label": managers(),
    "delete_label": managers(204),
    "list_label_steps": managers(scope="read"),
    "take_back_label_step": managers(201),
    "list_members": managers(scope="read"),
    "add_member": managers(201),
    "change_member": managers(),
    "remove_member": managers(204),
    "list_frames": members(),
    "upload_frame": managers(422),
    "get_frame": members(),
    "set_frame_status": annotators(),
    "get_image": members(404),
    "get_thumbnail": members(202),
    "list_boxes": members(),
    "list_operations": members(),
    "commit_operations": annotators(),
    "list_comments": members(),
    "create_comment": annotators(201),
    "change_comment": (WHO_ARE_YOU, NONE, NO, NO, NO, 200, NO, NO, 200, 200, NO, NONE, *ENDED),
    "start_detection": (*annotators(503),),
    "list_detections": members(),
    "get_detection": members(),
    "cancel_detection": (WHO_ARE_YOU, NONE, NO, NO, 200, 200, 200, NO, 200, 200, NO, NONE, *ENDED),
    "list_frame_detections": members(),
    "rate_detection": annotators(404),
    "next_frame": annotators(),
    "hold_frame": annotators(),
    "release_frame": annotators(404),
    "list_models": members(),
    "choose_model": managers(),
    "list_jobs": members(),
    "get_job": members(),
    "cancel_job": (WHO_ARE_YOU, NONE, NO, NO, NO, 200, 200, NO, 200, 200, NO, NONE, *ENDED),
    "retry_job": (WHO_ARE_YOU, NONE, NO, NO, NO, 409, 409, NO, 409, 409, NO, NONE, *ENDED),
    "get_figures": members(),
    "list_webhooks": managers(scope="read"),
    "create_webhook": managers(201),
    "change_webhook": managers(),
    "delete_webhook": managers(204),
    "list_deliveries": managers(scope="read"),
    "repeat_delivery": managers(404),
    "start_export": members(202, role="reviewer", scope="write"),
    "get_export": members(404, role="reviewer"),
    "start_import": managers(202),
    "start_new_import": (WHO_ARE_YOU, *(NO,) * 5, 202, *(NO,) * 5, *ENDED),
    "get_new_import": (WHO_ARE_YOU, *(NO,) * 5, NONE, *(NO,) * 5, *ENDED),  # of a real one: tests/datasets
    "confirm_new_import": (WHO_ARE_YOU, *(NO,) * 5, NONE, *(NO,) * 5, *ENDED),
    "cancel_new_import": (WHO_ARE_YOU, *(NO,) * 5, NONE, *(NO,) * 5, *ENDED),
    "get_import": managers(404, scope="read"),
    "confirm_import": managers(404),
    "list_versions": members(),
    "get_version": members(404),
    "create_version": managers(202),
    "compare_versions": members(404),
    "count_difference": members(404, scope="write"),
    "restore_version": managers(404),
    "copy_versions": managers(202),
    "list_trainings": members(),
    "start_training": managers(422),
    "get_training": members(404),
    "cancel_training": managers(404),
    "promote_training": managers(404),
    "keep_old_model": managers(404),
    "list_promotions": members(),
    "roll_back": managers(409),
    "list_reviews": members(),
    "create_review": members(409, role="reviewer", scope="write"),
    "next_review": members(role="reviewer", scope="write"),
}

COMMAND = {"c": 1, "k": "create", "box": str(UUID(int=77)), "g": "one"}
EDGES = {"x1": 1, "y1": 1, "x2": 50, "y2": 50}


def body_for(route: Route, things: dict[str, Any]) -> Any:
    bodies: dict[str, Any] = {
        "set_preferences": {},
        "create_project": {"name": "New"},
        "change_project": {"name": "Renamed"},
        "create_label": {"name": "buoy"},
        "change_label": {"name": "ship"},
        "add_member": {"username": "staff", "role": "viewer"},
        "change_member": {"role": "annotator"},
        "upload_frame": b"nothing that is an image",
        "set_frame_status": {"status": "complete"},
        "commit_operations": {
            "commands": [{**COMMAND, "set": {**EDGES, "label": things["label_id_of_boxes"]}}]
        },
        "create_comment": {"id": str(UUID(int=5)), "text": "Look here"},
        "change_comment": {"text": "Look there"},
        "start_detection": {"frames": [things["frame_id"]]},
        "rate_detection": {"verdict": "positive"},
        "next_frame": {},
        "choose_model": {"confidence": 0.5},
        "create_webhook": {"url": "http://93.184.215.14/hook", "events": ["job.finished"]},
        "change_webhook": {"is_active": False},
        "start_export": {"format": "coco"},
        "start_import": b"nothing that is a data set",
        "start_new_import": b"nothing that is a data set",
        "confirm_new_import": {},
        "confirm_import": {},
        "create_version": {"message": "first"},
        "count_difference": {"before": 1, "after": 2},
        "copy_versions": {"direction": "push"},
        "start_training": {"epochs": 0},
        "roll_back": {"expected": 1},
        "create_review": {"verdict": "approved", "revision": 0},
        "next_review": {},
        "ask_people": {"people": [things["user_id"]], "frames": [things["frame_id"]]},
        "set_gold": {"is_gold": True},
        "give_out": {"user": things["user_id"], "number": 1},
        "change_due": {"user": things["user_id"], "to": "2031-05-04"},
        "take_back": {"user": things["user_id"]},
        "preview_boxes": {"action": "accept", "boxes": [str(UUID(int=7))]},
        "change_boxes": {"action": "accept", "boxes": [str(UUID(int=7))], "digest": "0" * 64},
        "preview_frames": {"action": "set_aside", "frames": [things["frame_id"]]},
        "change_frames": {"action": "set_aside", "frames": [things["frame_id"]], "digest": "0" * 64},
    }
    return bodies.get(route.name)


@pytest.fixture
def things(api: Api) -> dict[str, Any]:
    """One of everything that an address can name."""
    world = api.world
    manager = world.people["manager"]
    with changing(world.project.pk, manager) as made:
        unused = world.project.labels.create(name="unused", color="#123456", position=9)
    assert made.row is not None
    version = ModelVersion.objects.create(name="m", kind="onnx", sha256="0" * 64, classes=["boat"])
    job = Job.objects.create(kind=Job.Kind.DETECT, project=world.project, created_by=manager)
    detection = Detection.objects.create(
        project=world.project,
        model_version=version,
        job=job,
        created_by=manager,
        trigger="api",
        scope="frame",
        frame_ids=[world.frame.pk],
        confidence=0.5,
        iou=0.5,
        image_size=640,
    )
    comment = Comment.objects.create(id=UUID(int=9), frame=world.frame, author=manager, text="Mine")
    hook = world.project.webhooks.create(url="http://93.184.215.14/", events=[], secret="whsec_AAAA")
    return {
        "project_id": world.project.pk,
        "frame_id": world.frame.pk,
        "label_id": unused.pk,
        "label_id_of_boxes": world.label.pk,
        "step_id": made.row.pk,
        "membership_id": world.membership("viewer").pk,
        "job_id": job.pk,
        "detection_id": detection.pk,
        "comment_id": comment.pk,
        "token_id": 999_999,
        "webhook_id": hook.pk,
        "delivery_id": UUID(int=3),
        "training_id": UUID(int=4),
        "user_id": world.people["annotator"].pk,
        "number": 1,
    }


def address_of(route: Route, things: dict[str, Any]) -> str:
    address = "/" + route.path
    for name, kind in route.parameters.items():
        address = address.replace(f"<{kind}:{name}>", str(things[name]))
    more = "?before=1&after=2" if route.name == "compare_versions" else ""
    more += "?name=a.zip&project=New" if route.name == "start_new_import" else ""
    return address + more + ("?name=a.jpg" if route.name in {"upload_frame", "start_import"} else "")


def test_z1_every_route_has_a_row() -> None:
    assert {one.name for one in ROUTES} == set(TABLE)
    assert len({one.name for one in ROUTES}) == len(ROUTES)


def test_z1_no_address_beside_the_routes() -> None:
    names = {name for name in get_resolver("annotate.api.urls").reverse_dict if isinstance(name, str)}
    assert names - {one.name for one in ROUTES} == {"documentation", "nothing"}


TAGS = sorted({one.tag for one in ROUTES})


@pytest.mark.parametrize("tag", TAGS)
def test_z1_each_route_answers_each_role_as_the_table_says(
    tag: str, api: Api, things: dict[str, Any]
) -> None:
    for route in [one for one in ROUTES if one.tag == tag]:
        for who, expected in zip(WHO, TABLE[route.name], strict=True):
            response = undone(api, who, route, things)
            said = f"{who} {route.name}: {response.content[:300]!r}"
            assert response.status_code == expected, said
            assert response["Cache-Control"].startswith("private"), said
            if response.status_code >= 400:
                assert response["Content-Type"] == "application/problem+json", said


def undone(api: Api, who: str, route: Route, things: dict[str, Any]) -> Any:
    """The answer; what the call changed is taken back."""
    api.client(who)  # its session is to stay
    with transaction.atomic():
        response = api.call(who, route.method, address_of(route, things), body_for(route, things))
        transaction.set_rollback(True)
    return response


def test_z2_hidden_and_missing_are_answered_alike(api: Api, things: dict[str, Any]) -> None:
    missing = {**things, "project_id": 999_999, "frame_id": 999_999}
    for route in [one for one in ROUTES if one.role]:
        hidden, absent = undone(api, "stranger", route, things), undone(api, "stranger", route, missing)
        assert without_id(hidden) == without_id(absent), route.name


def without_id(response: Any) -> Any:
    return {**response.json(), "request_id": ""}, response.status_code


def test_r5_other_methods_are_not_allowed(api: Api, things: dict[str, Any]) -> None:
    for route in ROUTES:
        known = {one.method for one in ROUTES if one.path == route.path}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - known:
            response = api.call("anonymous", method, address_of(route, things))
            assert response.status_code == 405, f"{method} {route.path}"
            assert set(response["Allow"].split(", ")) - {"HEAD"} == known


def test_z11_a_session_needs_the_csrf_token(api: Api, things: dict[str, Any]) -> None:
    client = api.world.client("admin", csrf=True)
    for route in [one for one in ROUTES if one.method != "GET"]:
        address = address_of(route, things)
        response = client.generic(route.method, address, "{}", content_type="application/json")
        assert response.status_code == 403 and response.json()["code"] == "csrf", route.name
