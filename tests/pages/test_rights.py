"""Every address, asked by every role. An address without a row here fails the build (Z1)."""

from uuid import UUID

import pytest
from django.urls import get_resolver, reverse

from .conftest import World

WHO = ("anonymous", "stranger", "viewer", "annotator", "reviewer", "manager", "admin")
LOGIN, OK, FOUND, NO, NONE, VERB = "login", 200, 302, 403, 404, 405

EVERYBODY = (OK,) * 7
SIGNED_IN = (LOGIN, OK, OK, OK, OK, OK, OK)
MEMBERS = (LOGIN, NONE, OK, OK, OK, OK, OK)
REVIEWERS = (LOGIN, NONE, NO, NO, OK, OK, OK)
MANAGERS = (LOGIN, NONE, NO, NO, NO, OK, OK)
POST_ONLY = (VERB,) * 7
API_MEMBERS = (401, NONE, OK, OK, OK, OK, OK)

GET_TABLE: dict[str, tuple[object, ...]] = {
    "projects": SIGNED_IN,
    "projects_by_name": (FOUND,) * 7,
    "login": (OK, *(FOUND,) * 6),
    "logout": POST_ONLY,
    "profile": SIGNED_IN,
    "change_password": (LOGIN, *(VERB,) * 6),
    "tokens": SIGNED_IN,
    "renew_token": (LOGIN, *(VERB,) * 6),
    "revoke_token": (LOGIN, *(VERB,) * 6),
    "set_language": POST_ONLY,
    "set_theme": POST_ONLY,
    "create_project": (LOGIN, NO, NO, NO, NO, NO, OK),
    "import_project": (LOGIN, NO, NO, NO, NO, NO, OK),
    "new_import_report": (LOGIN, *(NONE,) * 6),  # of a real one: tests/datasets/test_new_project.py
    "stop_new_import": POST_ONLY,
    "project": MEMBERS,
    "edit_project": MANAGERS,
    "archive_project": POST_ONLY,
    "continue": (LOGIN, NONE, *(FOUND,) * 5),
    "labels": MANAGERS,
    "change_label": POST_ONLY,
    "take_back_labels": POST_ONLY,
    "webhooks": MANAGERS,
    "change_webhook": POST_ONLY,
    "webhook_deliveries": (
        LOGIN,
        NONE,
        NO,
        NO,
        NO,
        NONE,
        NONE,
    ),  # of a real one: tests/webhooks/test_pages.py
    "members": MANAGERS,
    "change_member": POST_ONLY,
    "upload": POST_ONLY,
    "jobs": MANAGERS,
    "change_job": POST_ONLY,
    "jobs_page": MEMBERS,
    "model_settings": MANAGERS,
    "detect": POST_ONLY,
    "detection": (401, *(NONE,) * 6),  # of a real one: tests/detection/test_views.py
    "cancel_detection": POST_ONLY,
    "frame_detections": API_MEMBERS,
    "agreement": REVIEWERS,
    "agreement_file": REVIEWERS,
    "work": MEMBERS,
    "person": (LOGIN, NONE, OK, NO, OK, OK, OK),  # of the viewer
    "change_share": POST_ONLY,
    "ask_people": POST_ONLY,
    "merge_labels": POST_ONLY,
    "change_gold": POST_ONLY,
    "remove_copy": POST_ONLY,
    "dashboard": MEMBERS,
    "data": MEMBERS,
    "start_export": POST_ONLY,
    "download_export": (
        LOGIN,
        NONE,
        NO,
        NO,
        NONE,
        NONE,
        NONE,
    ),  # of a real one: tests/datasets/test_data_page.py
    "upload_import": POST_ONLY,
    "import_report": (LOGIN, NONE, NO, NO, NO, NONE, NONE),
    "figures": API_MEMBERS,
    "figure_file": MEMBERS,
    "figure_frames": API_MEMBERS,
    "editor": MEMBERS,
    "editor_data": API_MEMBERS,
    "frame_boxes": API_MEMBERS,
    "frame_status": POST_ONLY,  # PUT: tests/pages/test_editor_api.py
    "frame_history": API_MEMBERS,
    "frame_comments": API_MEMBERS,
    "change_comment": POST_ONLY,  # PATCH: tests/pages/test_editor_api.py
    "next_frame": POST_ONLY,
    "next_review": POST_ONLY,
    "review_frame": POST_ONLY,
    "hold_claim": POST_ONLY,
    "release_claim": POST_ONLY,
    "editor_preferences": (401, OK, OK, OK, OK, OK, OK),
    "mentions": SIGNED_IN,
    "versions": MEMBERS,
    "make_version": POST_ONLY,
    "copy_versions": POST_ONLY,
    "restore_version": POST_ONLY,
    "export_version": POST_ONLY,
    "count_difference": POST_ONLY,
    "compare_versions": (LOGIN, *(NONE,) * 6),  # of real ones: tests/datasets/test_version_pages.py
    "training": MEMBERS,
    "training_settings": POST_ONLY,
    "roll_back": POST_ONLY,
    "change_accepting": POST_ONLY,
    "training_detail": (LOGIN, *(NONE,) * 6),  # of a real one: tests/learning/test_views.py
    "change_training": POST_ONLY,
    "training_picture": (LOGIN, *(NONE,) * 6),
    "training_progress": (401, *(NONE,) * 6),
    "jsi18n": EVERYBODY,
    "livez": EVERYBODY,
    "readyz": EVERYBODY,
    "robots": EVERYBODY,
}
POST_TABLE: dict[str, tuple[object, ...]] = {
    "create_project": (LOGIN, NO, NO, NO, NO, NO, 400),
    "import_project": (LOGIN, NO, NO, NO, NO, NO, 400),
    "new_import_report": (LOGIN, *(NONE,) * 6),
    "stop_new_import": (LOGIN, *(NONE,) * 6),
    "edit_project": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "archive_project": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "labels": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "continue": (LOGIN, NONE, *(FOUND,) * 5),
    "change_label": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "take_back_labels": (LOGIN, NONE, NO, NO, NO, NONE, NONE),  # of a real one: tests/labels/test_history.py
    "webhooks": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "change_webhook": (LOGIN, NONE, NO, NO, NO, NONE, NONE),
    "webhook_deliveries": (LOGIN, NONE, NO, NO, NO, NONE, NONE),
    "members": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "change_member": (LOGIN, NONE, NO, NO, NO, FOUND, FOUND),
    "upload": (LOGIN, NONE, NO, NO, NO, FOUND, FOUND),
    "change_job": (LOGIN, NONE, NO, NONE, NONE, NONE, NONE),
    "model_settings": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "start_export": (LOGIN, NONE, NO, NO, 400, 400, 400),
    "upload_import": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "import_report": (LOGIN, NONE, NO, NO, NO, NONE, NONE),
    "ask_people": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "work": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "change_share": (LOGIN, NONE, NO, NO, NO, FOUND, FOUND),
    "merge_labels": (LOGIN, NONE, NO, NO, 400, 400, 400),
    "change_gold": (LOGIN, NONE, NO, NO, NO, NONE, NONE),
    "remove_copy": (LOGIN, NONE, NO, NO, NO, NONE, NONE),
    "make_version": (LOGIN, NONE, NO, NO, NO, FOUND, FOUND),
    "copy_versions": (LOGIN, NONE, NO, NO, NO, FOUND, FOUND),
    "restore_version": (LOGIN, NONE, NO, NO, NO, NONE, NONE),
    "export_version": (LOGIN, NONE, NO, NO, NONE, NONE, NONE),
    "count_difference": (LOGIN, *(NONE,) * 6),  # of real ones: tests/datasets/test_version_pages.py
    "training": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "training_settings": (LOGIN, NONE, NO, NO, NO, FOUND, FOUND),
    "roll_back": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "change_accepting": (LOGIN, NONE, NO, NO, NO, 400, 400),
    "change_training": (LOGIN, NONE, NO, NO, NO, NONE, NONE),
    "detect": (401, *(400,) * 6),
    "cancel_detection": (401, *(NONE,) * 6),
    "project": (VERB,) * 7,
    "projects": (LOGIN, *(VERB,) * 6),
    "profile": (LOGIN, *(400,) * 6),
    "change_password": (LOGIN, *(400,) * 6),
    "tokens": (LOGIN, *(400,) * 6),
    "renew_token": (LOGIN, *(NONE,) * 6),
    "revoke_token": (LOGIN, *(NONE,) * 6),
    "set_language": (400,) * 7,
    "set_theme": (400,) * 7,
    "frame_comments": (401, NONE, NO, 400, 400, 400, 400),
    "next_frame": (401, NONE, NO, *(400,) * 4),  # a form: tests/queue/test_views.py
    "next_review": (401, NONE, NO, NO, 400, 400, 400),  # a form: tests/review/test_views.py
    "review_frame": (401, NONE, NO, NO, 400, 400, 400),
    "hold_claim": (401, *(400,) * 6),
    "release_claim": (401, *(400,) * 6),
    "livez": (VERB,) * 7,
}
ELSEWHERE = {
    "frame_thumbnail": "tests of the media",
    "frame_image": "tests of the media",
    "mlflow": "tests/tracking/test_proxy.py",
    "tracked": "tests/tracking/test_proxy.py",
    "tracked_page": "tests/tracking/test_way_back.py",
}
"""Names whose rows stand in the tests of another part."""


def address_of(name: str, world: World) -> str:
    known = {
        "project_id": world.project.pk,
        "frame_id": world.frame.pk,
        "label_id": world.label.pk,
        "change_id": 999_999,
        "membership_id": world.membership("viewer").pk,
        "job_id": UUID(int=1),
        "comment_id": UUID(int=1),
        "detection_id": UUID(int=1),
        "training_id": UUID(int=1),
        "token_id": 999_999,
        "copy_id": 999_999,
        "webhook_id": 999_999,
        "user_id": world.people["viewer"].pk,
        "name": "queue",
        "table": "people",
        "number": 1,
    }
    [(_pattern, parameters)] = get_resolver("annotate.urls").reverse_dict.getlist(name)[0][0]
    return reverse(name, kwargs={each: known[each] for each in parameters})


def check(response_status: int, location: str, expected: object, said: str) -> None:
    if expected == LOGIN:
        assert response_status == 302 and location.startswith("/login/?next="), said
    else:
        assert response_status == expected, said


def test_z1_every_route_has_a_row() -> None:
    names = {name for name in get_resolver("annotate.urls").reverse_dict if isinstance(name, str)}
    assert names - set(GET_TABLE) - set(ELSEWHERE) == set()
    assert set(GET_TABLE) | set(POST_TABLE) <= names


@pytest.mark.parametrize("name", GET_TABLE)
def test_z1_get_answers_each_role_as_the_table_says(name: str, world: World) -> None:
    address = address_of(name, world)
    for who, expected in zip(WHO, GET_TABLE[name], strict=True):
        response = world.client(who).get(address)
        check(response.status_code, response.headers.get("Location", ""), expected, f"{who} GET {address}")


@pytest.mark.parametrize("name", POST_TABLE)
def test_z1_post_answers_each_role_as_the_table_says(name: str, world: World) -> None:
    address = address_of(name, world)
    for who, expected in zip(WHO, POST_TABLE[name], strict=True):
        response = world.client(who).post(address)
        check(response.status_code, response.headers.get("Location", ""), expected, f"{who} POST {address}")


@pytest.mark.parametrize("name", [name for name in GET_TABLE if name not in {"readyz", "robots"}])
def test_z11_every_post_needs_the_token(name: str, world: World) -> None:
    response = world.client("admin", csrf=True).post(address_of(name, world))
    assert response.status_code in {403, 405}
    if response.status_code == 403:
        assert "out of date" in response.content.decode()


def test_z2_a_hidden_project_answers_exactly_like_none(world: World) -> None:
    client = world.client("stranger")
    hidden = client.get(reverse("project", args=[world.project.pk]))
    missing = client.get(reverse("project", args=[999_999]))

    def without_reference(body: bytes, request_id: str) -> str:
        return body.decode().replace(request_id, "")

    assert hidden.status_code == missing.status_code == 404
    assert without_reference(hidden.content, hidden["X-Request-ID"]) == without_reference(
        missing.content, missing["X-Request-ID"]
    )


def test_z1_objects_of_another_project_are_not_reached_through_ones_own(world: World) -> None:
    other = world.project.__class__.objects.create(name="Other")
    label = other.labels.create(name="theirs", color="#000000")
    member = other.memberships.create(user=world.people["stranger"], role="manager")
    client = world.client("manager")
    one = client.post(reverse("change_label", args=[world.project.pk, label.pk]), {"action": "delete"})
    two = client.post(reverse("change_member", args=[world.project.pk, member.pk]), {"action": "remove"})
    assert (one.status_code, two.status_code) == (404, 404)
    assert other.labels.exists() and other.memberships.exists()


def test_a_deactivated_account_is_shut_out_at_once(world: World) -> None:
    client = world.client("manager")
    world.people["manager"].__class__.objects.filter(username="manager").update(is_active=False)
    assert client.get(reverse("project", args=[world.project.pk])).status_code == 302
