"""The command ``hitl``."""

import argparse
import getpass
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import config
from .client import Client
from .errors import ApiError, Unreachable
from .screen import Line, job_text, upload_text
from .shapes import Job
from .uploading import Tally, upload_folder
from .watching import watch

DONE, FAILED, STOPPED = 0, 1, 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="hitl", description="Work with a HITL site from the command line.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, help: str, *, project: bool = True) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=help, description=help)
        if project:
            one.add_argument("project", help="its name or number")
        return one

    login = add("login", "keeps the address of a site and a token of your profile page", project=False)
    login.add_argument("url", help="such as https://labels.example.org")
    login.add_argument("--insecure", action="store_true", help="also without TLS: others can read the token")
    add("logout", "forgets the token on this machine; revoke it in your profile", project=False)
    add("projects", "lists your projects", project=False)
    upload = add("upload", "adds all images, archives and videos below a folder")
    upload.add_argument("folder", type=Path)
    upload.add_argument("--at-once", type=int, default=2, choices=range(1, 9), metavar="1-8")
    watching = add("watch", "follows a project: images by status, and its jobs")
    watching.add_argument("--every", type=float, default=2.0, metavar="SECONDS")
    watching.add_argument("--once", action="store_true", help="tell how things are, and end")
    detect = add("detect", "asks the model for proposals on the whole project, or on some images")
    detect.add_argument("--frames", type=int, nargs="+", default=(), metavar="ID")
    detect.add_argument("--confidence", type=float)
    snapshot = add("snapshot", "makes a dataset version of what is complete")
    snapshot.add_argument("-m", "--message", default="")
    train = add("train", "starts a training")
    for name in ("version", "epochs", "image-size", "batch", "seed", "patience"):
        train.add_argument(f"--{name}", type=int)
    export = add("export", "writes an archive of images and boxes, and fetches it")
    export.add_argument("--format", required=True, help="such as yolo, coco, voc, cvat, csv, hitl")
    export.add_argument("--output", type=Path, required=True, metavar="FILE")
    export.add_argument("--status", nargs="+", default=[], help="only images of these statuses")
    export.add_argument("--no-images", action="store_true", help="boxes alone")
    for one in (detect, snapshot, train):
        one.add_argument("--wait", action="store_true", help="until it is over, and fail when it fails")
    return top


def main(words: Sequence[str] | None = None) -> int:
    given = parser().parse_args(words)
    try:
        return run(given)
    except KeyboardInterrupt:
        say("Stopped. What is done stays; the same command goes on with the rest.")
        return STOPPED
    except (ApiError, Unreachable, LookupError, ValueError, OSError, config.NotSignedIn) as error:
        say(f"hitl: {error}")
        return FAILED


def run(given: argparse.Namespace) -> int:
    if given.command == "login":
        return login(given)
    if given.command == "logout":
        config.forget()
        return DONE
    kept = config.load()
    language = os.environ.get("LANG", "en")[:2] or "en"
    with Client(kept.url, kept.token, language=language, insecure=kept.insecure) as client:
        if given.command == "projects":
            return projects(client)
        project = client.project(given.project).id
        if given.command == "upload":
            return upload(client, project, given)
        if given.command == "watch":
            watch(client, project, tell, every_s=given.every, once=given.once)
            return DONE
        if given.command == "export":
            return export(client, project, given)
        return start(client, project, given)


def login(given: argparse.Namespace) -> int:
    """The token comes from the keyboard or a pipe, never from the words of the command: those are seen by all."""
    if sys.stdin.isatty():
        token = getpass.getpass("Token of your profile page: ").strip()
    else:
        token = sys.stdin.readline().strip()
    with Client(given.url, token, insecure=given.insecure) as client:
        me = client.me()
    place = config.save(config.Login(given.url, token, given.insecure))
    tell(f"Signed in as {me.name} ({me.username}). The token is in {place}.")
    return DONE


def projects(client: Client) -> int:
    for one in client.projects():
        tell(f"{one.id}\t{one.role}\t{one.name}")
    return DONE


def upload(client: Client, project: int, given: argparse.Namespace) -> int:
    if not given.folder.exists():
        raise ValueError(f"{given.folder} does not exist")
    line, started = Line(), time.monotonic()

    def step(tally: Tally) -> None:
        line.show(upload_text(tally, time.monotonic() - started))

    tally = upload_folder(client, project, given.folder, at_once=given.at_once, on_step=step)
    line.show(upload_text(tally, time.monotonic() - started), last=True)
    for name, why in tally.refused:
        say(f"{name}: {why}")
    over = [waited(client, project, job) for job in tally.jobs]
    return FAILED if tally.refused or any(job.state != "done" for job in over) else DONE


def export(client: Client, project: int, given: argparse.Namespace) -> int:
    job = client.export(project, given.format, statuses=given.status, images=not given.no_images)
    over = waited(client, project, job.id)
    if over.state != "done" or over.message:
        say(f"hitl: {over.message or over.state}")
        return FAILED
    line, got = Line(), 0

    def more(count: int) -> None:
        nonlocal got
        got += count
        line.show(f"{got / 1e6:.1f} MB")

    client.download_export(project, job.id, given.output, more)
    tell(f"{given.output}, {given.output.stat().st_size} bytes")
    return DONE


def start(client: Client, project: int, given: argparse.Namespace) -> int:
    """Detect, snapshot and train: a job each."""
    if given.command == "detect":
        job = client.detect(project, frames=given.frames, confidence=given.confidence)
    elif given.command == "snapshot":
        job = client.snapshot(project, given.message).id
    else:
        names = ("version", "epochs", "image_size", "batch", "seed", "patience")
        wish = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
        training = client.train(project, **wish)
        job = training.job.id if training.job else ""
    if not given.wait or not job:
        tell(job)
        return DONE
    over = waited(client, project, job)
    tell(job_text(over))
    if over.message:
        say(over.message)
    return DONE if over.state == "done" else FAILED


def waited(client: Client, project: int, job: str) -> Job:
    line = Line()
    over = client.wait(project, job, lambda now: line.show(job_text(now)))
    line.show(job_text(over), last=True)
    return over


def tell(text: str) -> None:
    """What was asked for: to standard output."""
    print(text, flush=True)  # noqa: T201


def say(text: str) -> None:
    """What goes on: to standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
