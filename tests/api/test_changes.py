"""Many boxes or images at once through the API, work given out, projects archived: as the pages and the desk do it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from annotate.models import Assignment, Box, Comment, Frame, Job, Operation, Project
from tests.admin.conftest import propose, run_now
from tests.pages.conftest import add_frame

from .conftest import Api


def address(api: Api, rest: str) -> str:
    return f"/api/v1/projects/{api.world.project.pk}/{rest}"


def change(api: Api, kind: str, body: dict[str, Any], who: str = "manages") -> Any:
    """Looks, then does; the answer to the second."""
    seen = api.post(who, address(api, f"{kind}/change/preview"), body)
    assert seen.status_code == 200, seen.content
    return api.post(who, address(api, f"{kind}/change"), {**body, "digest": seen.json()["digest"]})


def job_of(answer: Any) -> Job:
    assert answer.status_code == 202, answer.content
    job = Job.objects.get(pk=answer.json()["id"])
    assert answer["Location"].endswith(f"/jobs/{job.pk}")
    return job


def words(boxes: Sequence[UUID]) -> list[str]:
    return [str(one) for one in boxes]


class TestBoxes:
    def test_looked_for_previewed_done_and_taken_back(self, api: Api) -> None:
        world = api.world
        boxes = propose(world.frame, world.label, 3)
        sure = propose(add_frame(world.project, world.frame.source, "two.jpg"), world.label, 2, 0.9)
        listed = api.get("reads", address(api, "boxes?status=proposed&confidence_min=0.8")).json()["items"]
        assert {one["id"] for one in listed} == set(words(sure))
        body = {"action": "accept", "boxes": [*words(boxes), *words(sure), str(uuid4())]}
        seen = api.post("reads", address(api, "boxes/change/preview"), body).json()
        assert (seen["changing"], seen["frames"], seen["left_out"]) == (5, 2, {"gone": 1})
        assert set(Box.objects.values_list("status", flat=True)) == {"proposed"}
        job = job_of(change(api, "boxes", body, "writes"))
        assert run_now(job) == {"done": 5}
        assert set(Box.objects.values_list("status", flat=True)) == {"accepted"}
        log = Operation.objects.filter(gesture=job.payload["gesture"])
        assert set(log.values_list("user", flat=True)) == {world.people["manager"].pk}
        undo = job_of(api.post("writes", address(api, f"jobs/{job.pk}/undo")))
        assert run_now(undo) == {"undone": 2}
        assert set(Box.objects.values_list("status", flat=True)) == {"proposed"}

    def test_an_old_digest_starts_nothing(self, api: Api) -> None:
        boxes = propose(api.world.frame, api.world.label, 2)
        body = {"action": "reject", "boxes": words(boxes)}
        digest = api.post("reads", address(api, "boxes/change/preview"), body).json()["digest"]
        run_now(job_of(change(api, "boxes", {"action": "accept", "boxes": words(boxes[:1])})))
        late = api.post("manages", address(api, "boxes/change"), {**body, "digest": digest})
        assert (late.status_code, late.json()["code"]) == (409, "changed")
        assert Job.objects.count() == 1

    def test_w14_boxes_of_another_project_are_not_there(self, api: Api, other: Project) -> None:
        source = other.sources.create(kind="upload", name="theirs")
        label = other.labels.create(name="theirs", color="#000000")
        theirs = propose(add_frame(other, source, "theirs.jpg"), label, 1)
        body = {"action": "delete", "boxes": words(theirs)}
        seen = api.post("manages", address(api, "boxes/change/preview"), body).json()
        assert (seen["changing"], seen["left_out"]) == (0, {"gone": 1})
        assert change(api, "boxes", body).status_code == 409
        assert api.get("reads", address(api, "boxes")).json()["items"] == []

    def test_relabel_needs_a_name_that_the_project_has(self, api: Api) -> None:
        boxes = words(propose(api.world.frame, api.world.label, 1))
        wanted = address(api, "boxes/change/preview")
        assert api.post("reads", wanted, {"action": "relabel", "boxes": boxes}).status_code == 422
        seen = api.post("reads", wanted, {"action": "relabel", "boxes": boxes, "label": "nothing"}).json()
        assert seen["left_out"] == {"no_label": 1}

    def test_only_who_did_it_takes_it_back_and_only_such_jobs(self, api: Api) -> None:
        job = job_of(
            change(
                api,
                "boxes",
                {"action": "accept", "boxes": words(propose(api.world.frame, api.world.label, 1))},
            )
        )
        running = api.post("manages", address(api, f"jobs/{job.pk}/undo"))
        assert (running.status_code, running.json()["code"]) == (409, "busy")
        run_now(job)
        theirs = api.post("reviewer", address(api, f"jobs/{job.pk}/undo"))
        assert (theirs.status_code, theirs.json()["code"]) == (409, "undo")
        export = Job.objects.create(
            kind="export", project=api.world.project, created_by=api.world.people["manager"], state="done"
        )
        assert api.post("manages", address(api, f"jobs/{export.pk}/undo")).status_code == 409

    def test_r13_the_same_key_starts_one_job(self, api: Api) -> None:
        boxes = words(propose(api.world.frame, api.world.label, 1))
        body = {"action": "accept", "boxes": boxes}
        digest = api.post("reads", address(api, "boxes/change/preview"), body).json()["digest"]
        two = [
            api.post("manages", address(api, "boxes/change"), {**body, "digest": digest}, Idempotency_Key="k")
            for _ in range(2)
        ]
        assert two[0].json()["id"] == two[1].json()["id"] and Job.objects.count() == 1

    def test_proposals_of_the_blind_sample_are_told_to_nobody(self, api: Api) -> None:
        propose(api.world.frame, api.world.label, 2)
        Frame.objects.update(is_blind=True)
        assert api.get("reads", address(api, "boxes")).json()["items"] == []


class TestFrames:
    def test_sent_back_with_the_reason_and_taken_back(self, api: Api) -> None:
        Frame.objects.update(status="complete")
        frames = [api.world.frame.pk]
        asked = {"action": "send_back", "frames": frames, "reason": " "}
        assert api.post("manages", address(api, "frames/change/preview"), asked).status_code == 422
        job = job_of(change(api, "frames", {**asked, "reason": "The masts are missing."}))
        assert run_now(job) == {"done": 1}
        assert (Frame.objects.get().status, Comment.objects.get().text) == (
            "returned",
            "The masts are missing.",
        )
        assert run_now(job_of(api.post("manages", address(api, f"jobs/{job.pk}/undo")))) == {"undone": 1}
        assert Frame.objects.get().status == "complete"

    def test_status_and_assignment(self, api: Api) -> None:
        frames, person = [api.world.frame.pk], api.world.people["annotator"]
        wanted = address(api, "frames/change/preview")
        assert api.post("reads", wanted, {"action": "set_status", "frames": frames}).status_code == 422
        run_now(
            job_of(change(api, "frames", {"action": "set_status", "frames": frames, "status": "complete"}))
        )
        assert Frame.objects.get().status == "complete"
        body = {"action": "assign", "frames": frames, "user": person.pk, "due_on": "2031-05-04"}
        run_now(job_of(change(api, "frames", body)))
        assert Assignment.objects.get().user == person
        stranger = {**body, "user": api.world.people["stranger"].pk}
        assert api.post("reads", wanted, stranger).json()["left_out"] == {"no_member": 1}
        run_now(job_of(change(api, "frames", {"action": "assign", "frames": frames})))
        assert not Assignment.objects.exists()

    def test_set_aside_put_back_and_the_undo_is_for_managers(self, api: Api) -> None:
        frames = [api.world.frame.pk]
        job = job_of(change(api, "frames", {"action": "set_aside", "frames": frames}))
        assert run_now(job) == {"done": 1}
        assert api.get("reads", f"/api/v1/frames/{frames[0]}").status_code == 404
        assert api.get("reads", address(api, "frames")).json()["items"] == []
        listed = api.get("reads", address(api, "frames?set_aside=true")).json()["items"]
        assert [one["id"] for one in listed] == frames
        assert api.get("reviewer", address(api, "frames?set_aside=true")).status_code == 403
        run_now(job_of(change(api, "frames", {"action": "put_back", "frames": frames})))
        assert api.get("reads", f"/api/v1/frames/{frames[0]}").status_code == 200
        assert api.post("reviewer", address(api, f"jobs/{job.pk}/undo")).status_code == 403


class TestAssignments:
    def test_given_seen_moved_and_taken_back(self, api: Api) -> None:
        person, where = api.world.people["annotator"].pk, address(api, "assignments")
        add_frame(api.world.project, api.world.frame.source, "two.jpg")
        given = api.post("manages", where, {"user": person, "number": 5, "due_on": "2031-05-04"})
        assert (given.status_code, given.json()) == (201, {"given": 2})
        [share] = api.get("reads", where).json()["items"]
        assert (share["user"], share["total"], share["done"], share["due_on"]) == (person, 2, 0, "2031-05-04")
        assert api.get("annotator", where).json()["items"] == [share]
        assert api.get("viewer", where).json()["items"] == [], "others see their own"
        which = {"user": person, "due_on": "2031-05-04"}
        assert api.post("manages", f"{where}/due", {**which, "to": None}).json() == {"images": 2}
        assert api.post("manages", f"{where}/take-back", which).json() == {"images": 0}
        assert api.post("manages", f"{where}/take-back", {"user": person}).json() == {"images": 2}
        assert not Assignment.objects.exists()

    def test_only_to_members_whose_role_allows_it(self, api: Api) -> None:
        people, where = api.world.people, address(api, "assignments")
        stranger = api.post("manages", where, {"user": people["stranger"].pk, "number": 1})
        assert stranger.status_code == 422
        review = {"user": people["annotator"].pk, "number": 1, "work": "review"}
        assert api.post("manages", where, review).status_code == 409


class TestArchive:
    def test_archived_listed_apart_and_restored(self, api: Api) -> None:
        one = f"/api/v1/projects/{api.world.project.pk}"
        assert api.post("manages", f"{one}/archive").json()["archived_at"] is not None
        assert api.world.project.pk not in ids(api, "manages")
        assert ids(api, "manages", "?archived=true") == [api.world.project.pk]
        assert ids(api, "annotator", "?archived=true") == []
        assert api.call("manages", "PATCH", one, {"name": "New"}).status_code == 403
        assert api.post("annotator", f"{one}/restore").status_code == 403
        restored = api.post("manages", f"{one}/restore").json()
        assert (restored["archived_at"], restored["role"]) == (None, "manager")

    def test_a_copy_is_listed_for_who_labels_it_as_on_the_page(self, api: Api) -> None:
        copy = Project.objects.create(name="Copy", copy_of=api.world.project)
        copy.memberships.create(user=api.world.people["annotator"], role="annotator")
        copy.memberships.create(user=api.world.people["manager"], role="reviewer")
        assert copy.pk in ids(api, "annotator") and copy.pk not in ids(api, "manages")
        found = api.get("manages", f"/api/v1/projects/{copy.pk}").json()
        assert (found["copy_of"], found["role"]) == (api.world.project.pk, "reviewer")


def ids(api: Api, who: str, query: str = "") -> list[int]:
    return [one["id"] for one in api.get(who, f"/api/v1/projects{query}").json()["items"]]
