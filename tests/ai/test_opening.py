"""Where models run that stay open: a program in a process apart without network and secrets, ONNX files here."""

import hashlib
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from annotate.ai import apart, isolation
from annotate.ai.apart import Apart
from annotate.ai.described import Described
from annotate.ai.detector import Request
from annotate.ai.here import Here
from annotate.ai.limits import Limits, TookTooLong
from annotate.ai.loading import Order, Runtime
from annotate.ai.opening import Opened, opened
from annotate.ai.problems import ModelError
from tests.ai import standin
from tests.ai.models import constant, dense, endless
from tests.ai.test_apart import png

LONG_S = 20.0
ENOUGH = Limits(picture_s=LONG_S, load_s=LONG_S)
SHORT = replace(ENOUGH, picture_s=0.3)
CAT = [16, 16, 20, 20, 0.9, 0.0, 0.0]


def order(path: Path, *, runtime: Runtime = Runtime.ONNX_RUNTIME) -> Order:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Order(str(path), Described("made"), sha256, str(path.parent), 1, runtime)


def never() -> None: ...


@pytest.fixture
def closing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Order, Limits], Opened]]:
    """``opened``, closed at the end; ``.pt`` files by the stand-in."""
    monkeypatch.setattr(apart, "PROGRAM", standin.PROGRAM)
    kept: list[Opened] = []

    def open_(what: Order, limits: Limits = ENOUGH) -> Opened:
        kept.append(opened(what, limits, never))
        return kept[-1]

    yield open_
    for one in kept:
        one.close()


@pytest.fixture
def port() -> Iterator[int]:
    """Somebody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_m1_weights_that_are_a_program_run_apart_and_reach_nothing(
    closing: Callable[..., Opened],
    port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("HITL_SECRET_KEY", "of nobody's business")
    model = closing(order(standin.spy(tmp_path / "m.pt", tmp_path / "report", port)))
    assert isinstance(model, Apart) and model.info.classes == ("car", "bus", "cat")
    report = standin.reported(tmp_path / "report")
    assert report["process"] == model.process.pid != os.getpid()
    assert not any("SECRET" in name or "HITL" in name for name in report["names"])
    assert report["user"] == os.getuid()
    if "could not leave the network" in caplog.text:
        pytest.skip("this system lets nobody leave the network")
    assert report["network"] != "done" and report["environment of the parent"] == "PermissionError"


def test_m1_it_is_told_where_the_system_forbids_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    program = "from annotate.ai import apart_process; apart_process.main('Operation not permitted')"
    monkeypatch.setattr(apart, "PROGRAM", (sys.executable, "-c", program))
    Apart(order(constant(tmp_path / "m.onnx", dense([CAT]))), ENOUGH, lambda _: None).close()
    assert "could not leave the network: Operation not permitted" in caplog.text


def test_why_the_network_could_not_be_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
    assert isolation.cut_off() == "this system has no namespaces"


def test_it_finds_the_same_in_one_picture_after_the_other(
    closing: Callable[..., Opened], tmp_path: Path
) -> None:
    onnx = constant(tmp_path / "m.onnx", dense([CAT]))
    here, there = closing(order(onnx)), closing(order(standin.spy(tmp_path / "m.pt", tmp_path / "report")))
    assert (type(here), type(there)) == (Here, Apart)
    for model in (here, there):
        for _ in range(2):
            answer = model.look(png(64, 64), Request(), never)
            assert answer is not None and len(answer.images[0].found) == 1
        assert model.look(b"no picture", Request(), never) is None and model.is_open


def test_what_cannot_be_stopped_here_runs_apart(
    closing: Callable[..., Opened], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Order] = []
    monkeypatch.setattr("annotate.ai.opening.Apart", lambda what, *_: made.append(what))
    wanted = order(constant(tmp_path / "m.onnx", dense([CAT])), runtime=Runtime.OPENVINO)
    opened(wanted, ENOUGH, never)
    assert made == [wanted]


def test_m6_a_picture_that_takes_too_long_is_given_up_and_its_thread_ends(
    closing: Callable[..., Opened], tmp_path: Path
) -> None:
    model = closing(order(endless(tmp_path / "m.onnx")), SHORT)
    with pytest.raises(TookTooLong, match=r"more than 0\.3 seconds"):
        model.look(png(64, 64), Request(), never)
    assert not model.is_open and "model" not in {one.name for one in threading.enumerate()}


def test_m6_whoever_waits_may_stop_it(closing: Callable[..., Opened], tmp_path: Path) -> None:
    model = closing(order(endless(tmp_path / "m.onnx")))

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        model.look(png(64, 64), Request(), stop)
    assert not model.is_open and "model" not in {one.name for one in threading.enumerate()}


def test_m6_weights_that_are_never_loaded_are_given_up(
    closing: Callable[..., Opened], tmp_path: Path
) -> None:
    with pytest.raises(TookTooLong, match=r"not loaded after 0\.5 seconds"):
        closing(order(standin.hanging(tmp_path / "m.pt")), replace(ENOUGH, load_s=0.5))


def test_m6_a_model_that_does_not_obey_is_left_to_itself(
    closing: Callable[..., Opened], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotate.ai.limits.OBEYS_WITHIN_S", 0.0)
    model, may_end = closing(order(constant(tmp_path / "m.onnx", dense([CAT]))), SHORT), threading.Event()
    monkeypatch.setattr(model._detector, "detect", lambda *_: may_end.wait(LONG_S))  # type: ignore[attr-defined]
    with pytest.raises(TookTooLong):
        model.look(png(64, 64), Request(), never)
    may_end.set()
    assert not model.is_open


def test_what_is_wrong_with_a_request_closes_nothing(closing: Callable[..., Opened], tmp_path: Path) -> None:
    model = closing(order(constant(tmp_path / "m.onnx", dense([CAT]))))
    with pytest.raises(ModelError, match="prompts"):
        model.look(png(64, 64), Request(prompts=("red car",)), never)
    assert model.is_open
