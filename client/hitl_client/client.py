"""The API as methods."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from .shapes import (
    Box,
    Boxes,
    Committed,
    Difference,
    Frame,
    Job,
    Me,
    Outcome,
    Project,
    Share,
    Training,
    Uploaded,
    Version,
    job_of,
    shaped,
    training_of,
)
from .transport import Transport

PAGE = 500
LOOK_EVERY_S = 1.0
OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}


class Client:
    """``url``: of the site, ``token``: from the profile page. Methods raise ApiError and Unreachable.

    Without TLS a token can be read on the way: that is refused, except on this machine or with ``insecure``.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        language: str = "en",
        insecure: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is not the address of a site; write it with https://")
        if parts.scheme == "http" and parts.hostname not in OWN_MACHINE and not insecure:
            raise ValueError(f"{url} is not encrypted, so others could read the token on the way")
        self.sleep = sleep
        self.transport = Transport(url, token, language=language, sleep=sleep)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.transport.http.close()

    def request(self, method: str, path: str, *, json: Any = None, **params: Any) -> Any:
        """Anything of docs/api.md, below /api/v1: the JSON of the answer, None where there is none."""
        given = {name: value for name, value in params.items() if value is not None}
        response = self.transport.send(method, path, params=given, json=json)
        return response.json() if response.content else None

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """All items of a list, however many pages it has."""
        cursor: str | None = None
        while True:
            page = self.request("GET", path, cursor=cursor, **{"limit": PAGE, **params})
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def me(self) -> Me:
        return shaped(Me, self.request("GET", "/me"))

    # Projects and images

    def projects(self) -> list[Project]:
        return [shaped(Project, one) for one in self.pages("/projects")]

    def project(self, wanted: int | str) -> Project:
        """By number or by name. Raises LookupError where no project, or more than one, has that name."""
        number = int(wanted) if isinstance(wanted, int) or wanted.isdecimal() else None
        if number is None:
            found = [one for one in self.pages("/projects", name=wanted) if one["name"] == wanted]
            if len(found) != 1:
                how_many = "no" if not found else "more than one"
                raise LookupError(f"{how_many} project of yours is called {wanted!r}")
            number = found[0]["id"]
        return shaped(Project, self.request("GET", f"/projects/{number}"))

    def frames(self, project: int, **filters: Any) -> Iterator[Frame]:
        """``filters``: status, name, source, is_blind, is_gold, original_md5."""
        return (shaped(Frame, one) for one in self.pages(f"/projects/{project}/frames", **filters))

    def upload(self, project: int, path: Path, *, name: str = "") -> Uploaded:
        """One image, archive or video. The same file twice is one image."""
        response = self.transport.send(
            "POST", f"/projects/{project}/frames", params={"name": name or path.name}, file=path
        )
        given = response.json()
        frame = shaped(Frame, given["frame"]) if given["frame"] else None
        return Uploaded(given["outcome"], frame, job_of(given["job"]))

    # Boxes

    def boxes(self, frame: int) -> Boxes:
        """All of one moment: read again where the image changed between two pages."""
        while True:
            items: list[Box] = []
            tags: set[str] = set()
            cursor: str | None = None
            while True:
                params = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
                response = self.transport.send("GET", f"/frames/{frame}/boxes", params=params)
                page = response.json()
                items += [shaped(Box, one) for one in page["items"]]
                tags.add(response.headers["ETag"])
                cursor = page["next"]
                if cursor is None:
                    break
            if len(tags) == 1:
                return Boxes(items, page["revision"], tags.pop())

    def commit(
        self, frame: int, commands: Sequence[dict[str, Any]], *, if_match: str | None = None
    ) -> Committed:
        """Commands as in docs/api.md; ``if_match``: a ``tag``, and nothing is done when the image has changed."""
        response = self.transport.send(
            "POST",
            f"/frames/{frame}/operations",
            json={"commands": list(commands)},
            headers={"If-Match": if_match} if if_match else {},
        )
        given = response.json()
        outcomes = [shaped(Outcome, one) for one in given["outcomes"]]
        return Committed(given["revision"], response.headers["ETag"], outcomes)

    # Work that takes a while

    def jobs(self, project: int, **filters: Any) -> Iterator[Job]:
        """Newest first. ``filters``: kind, state."""
        return (shaped(Job, one) for one in self.pages(f"/projects/{project}/jobs", **filters))

    def job(self, project: int, job: str) -> Job:
        return shaped(Job, self.request("GET", f"/projects/{project}/jobs/{job}"))

    def wait(self, project: int, job: str, on_step: Callable[[Job], None] | None = None) -> Job:
        """Until it is over, whatever came of it."""
        while True:
            now = self.job(project, job)
            if on_step is not None:
                on_step(now)
            if now.is_over:
                return now
            self.sleep(LOOK_EVERY_S)

    def detect(self, project: int, *, frames: Sequence[int] = (), confidence: float | None = None) -> str:
        """Asks the model for proposals on these images, or on the whole project. The id of the job."""
        body: dict[str, Any] = {"frames": list(frames)} if frames else {"project": project}
        if confidence is not None:
            body["confidence"] = confidence
        return str(self.request("POST", "/detections", json=body)["job"])

    def export(self, project: int, format: str, **wish: Any) -> Job:
        """``wish``: statuses, labels, splits, sources, box_statuses, images."""
        body = {"format": format, **wish}
        return shaped(Job, self.request("POST", f"/projects/{project}/exports", json=body))

    def download_export(
        self, project: int, job: str, to: Path, on_bytes: Callable[[int], None] = lambda count: None
    ) -> None:
        """Of a job that is done."""
        self.transport.download(f"/projects/{project}/exports/{job}/file", to, on_bytes)

    def change_boxes(
        self, project: int, action: str, boxes: Sequence[str], *, label: str | None = None
    ) -> Job | None:
        """``action``: accept, reject, relabel (to ``label``) or delete. None where nothing would change. What people
        change between the look and the job stands. ``undo`` takes it back."""
        body: dict[str, Any] = {"action": action, "boxes": list(boxes)}
        return self._change(
            f"/projects/{project}/boxes/change", body if label is None else {**body, "label": label}
        )

    def change_frames(self, project: int, action: str, frames: Sequence[int], **wish: Any) -> Job | None:
        """``action``: set_status (``status``), send_back (``reason``), assign (``user``, ``work``, ``due_on``),
        set_aside or put_back. As ``change_boxes``."""
        return self._change(
            f"/projects/{project}/frames/change", {"action": action, "frames": list(frames), **wish}
        )

    def _change(self, path: str, body: dict[str, Any]) -> Job | None:
        seen = self.request("POST", f"{path}/preview", json=body)
        if not seen["changing"]:
            return None
        return shaped(Job, self.request("POST", path, json={**body, "digest": seen["digest"]}))

    def undo(self, project: int, job: str) -> Job:
        """Of a change of many boxes or images that is mine."""
        return shaped(Job, self.request("POST", f"/projects/{project}/jobs/{job}/undo"))

    def assignments(self, project: int) -> list[Share]:
        return [
            shaped(Share, one) for one in self.request("GET", f"/projects/{project}/assignments")["items"]
        ]

    def give_out(
        self, project: int, user: int, number: int, *, work: str = "annotate", due_on: str | None = None
    ) -> int:
        """The next images to a person (id); how many there were. ``due_on``: such as 2031-05-04."""
        body = {"user": user, "number": number, "work": work, "due_on": due_on}
        return int(self.request("POST", f"/projects/{project}/assignments", json=body)["given"])

    def snapshot(self, project: int, message: str = "") -> Job:
        body = {"message": message}
        return shaped(Job, self.request("POST", f"/projects/{project}/versions", json=body))

    def versions(self, project: int) -> list[Version]:
        return [shaped(Version, one) for one in self.pages(f"/projects/{project}/versions")]

    def compare(self, project: int, before: int, after: int) -> Difference:
        """What became of images and boxes between two versions (numbers). Waits where a job has to count first; its
        totals stay None if that failed."""
        path, pair = f"/projects/{project}/versions/compare", {"before": before, "after": after}
        found = shaped(Difference, self.request("GET", path, **pair))
        if found.boxes is None:
            self.wait(project, self.request("POST", path, json=pair)["id"])
            found = shaped(Difference, self.request("GET", path, **pair))
        return found

    def train(self, project: int, **wish: Any) -> Training:
        """``wish``: version, epochs, image_size, batch, seed, patience, time_limit_min, memory_limit_mb."""
        return training_of(self.request("POST", f"/projects/{project}/trainings", json=wish))

    def training(self, project: int, training: str) -> Training:
        return training_of(self.request("GET", f"/projects/{project}/trainings/{training}"))
