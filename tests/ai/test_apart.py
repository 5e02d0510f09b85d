"""A detector in a process of its own: answers in order, gives way to everybody, and outlives nobody."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import psutil
import pytest

from annotate.ai import apart, apart_process
from annotate.ai.apart import Apart, Ended
from annotate.ai.apart_process import Look
from annotate.ai.described import Described
from annotate.ai.detector import Answer, Request
from annotate.ai.limits import Limits, TookTooLong
from annotate.ai.loading import Order, Runtime
from annotate.ai.pictures import decoded
from annotate.ai.problems import ModelError
from tests.ai.models import constant, dense, endless

CAT = [16, 16, 20, 20, 0.9, 0.0, 0.0]
ROOT = Path(__file__).parents[2]
LONG_S = 20.0


ENOUGH = Limits(picture_s=LONG_S, load_s=LONG_S)


def order(path: Path, *, sha256: str = "") -> Order:
    found = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
    return Order(str(path), Described("made"), found, str(path.parent), 1, Runtime.ONNX_RUNTIME)


def patient(path: Path, watch: apart.Watch | None = None, *, sha256: str = "") -> Apart:
    return Apart(order(path, sha256=sha256), ENOUGH, watch or never, is_patient=True)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return constant(tmp_path / "m.onnx", dense([CAT]))


def png(width: int, height: int) -> bytes:
    done, data = cv2.imencode(".png", np.full((height, width, 3), 90, np.uint8))
    assert done
    return bytes(data)


def never(process: int) -> None: ...


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def answers(
    model: Path,
    pictures: list[bytes],
    watch: apart.Watch = never,
    request: Request | None = None,
    *,
    sha256: str = "",
) -> list[Answer | None]:
    with patient(model, watch, sha256=sha256) as detector:
        found = list(detector.answers(enumerate(pictures), request or Request()))
    assert [number for number, _ in found] == list(range(len(pictures)))
    return [answer for _, answer in found]


def test_it_says_the_same_as_the_detector_here(model: Path) -> None:
    pictures = [png(64 + 8 * number, 128) for number in range(7)]
    here = order(model).load()
    for data, there in zip(pictures, answers(model, pictures), strict=True):
        picture = decoded(data)
        assert picture is not None and there is not None and there.images[0].found
        assert there.images == here.detect([picture], Request()).images
        assert there.timings.inference > 0


def test_no_pictures_no_answers(model: Path) -> None:
    assert answers(model, []) == []


def test_a_picture_that_cannot_be_read_is_told_in_its_place(model: Path) -> None:
    found = answers(model, [png(64, 64), b"", b"no picture", png(64, 64)[:60], png(64, 64)])
    assert [answer is None for answer in found] == [False, True, True, True, False]


def test_large_pictures_go_through_small_pipes(model: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (1500, 1500, 3), np.uint8)
    data = cv2.imencode(".png", noise)[1].tobytes()
    assert len(data) > 40 * 65536
    assert None not in answers(model, [data] * 6)


@pytest.mark.parametrize(
    ("request_", "sha256", "problem"),
    [(Request(), "0" * 64, "hash"), (Request(prompts=("red car",)), "", "prompts")],
)
def test_what_is_wrong_with_a_model_is_told(
    model: Path, request_: Request, sha256: str, problem: str
) -> None:
    with pytest.raises(ModelError, match=problem) as caught:
        answers(model, [png(64, 64)] * 5, request=request_, sha256=sha256)
    assert not isinstance(caught.value, Ended)
    assert caught.value.template % caught.value.values == str(caught.value)


def test_an_error_that_nobody_foresaw_ends_it_with_a_traceback(
    model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
    model.unlink()
    with pytest.raises(Ended, match="error of its own"):
        answers(model, [png(64, 64)] * 5, sha256=sha256)
    assert "FileNotFoundError" in capfd.readouterr().err


def test_killed_by_the_system_it_says_so_and_what_it_answered_stands(model: Path) -> None:
    def pictures() -> Iterator[tuple[int, bytes]]:
        for number in range(100):
            yield number, png(64, 64)

    heard: list[int] = []
    with patient(model) as detector, pytest.raises(Ended, match=r"signal 9.*memory"):
        for number, answer in detector.answers(pictures(), Request()):
            assert answer is not None
            heard.append(number)
            if number == 3:
                os.kill(detector.process.pid, signal.SIGKILL)
                detector.process.wait()
    assert heard[:4] == [0, 1, 2, 3] and len(heard) <= 4 + apart_process.AHEAD


@pytest.mark.parametrize("is_kept_open", [True, False])
def test_m6_a_model_that_takes_too_long_is_ended(tmp_path: Path, is_kept_open: bool) -> None:
    limits = Limits(picture_s=0.3, load_s=LONG_S)
    with Apart(order(endless(tmp_path / "m.onnx")), limits, never) as detector:
        with pytest.raises(TookTooLong, match=r"one image for more than 0\.3 seconds"):
            if is_kept_open:
                detector.look(png(64, 64), Request(), lambda: None)
            else:
                list(detector.answers(enumerate([png(64, 64)] * 20), Request()))
        assert not (is_kept_open and detector.is_open)
    assert not psutil.pid_exists(detector.process.pid)


def test_m6_one_that_takes_no_pictures_any_more_is_ended(model: Path) -> None:
    """Large ones, which fill the pipe of a process that stands still."""
    with Apart(order(model), Limits(picture_s=0.3, load_s=LONG_S), never) as detector:
        os.kill(detector.process.pid, signal.SIGSTOP)
        with pytest.raises(TookTooLong):
            list(detector.answers(enumerate([b" " * 1_000_000] * 5), Request()))


def test_m6_one_that_is_never_loaded_is_ended(model: Path) -> None:
    started: list[int] = []

    def stands_still(number: int) -> None:
        os.kill(number, signal.SIGSTOP)
        started.append(number)

    with pytest.raises(TookTooLong, match="not loaded after"):
        Apart(order(model), Limits(picture_s=LONG_S, load_s=0), stands_still)
    assert not psutil.pid_exists(started[0])


def test_it_outlives_nobody_even_while_it_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "from annotate.ai import apart_process; apart_process.LAST_WORDS_S = 0.2; apart_process.main()"
    path = endless(tmp_path / "m.onnx")
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input=asked(path) + picture(png(64, 64)),
        capture_output=True,
        check=False,
        timeout=LONG_S,
    )
    assert done.returncode == 1


def test_it_stays_open_for_one_request_after_the_other(model: Path) -> None:
    with Apart(order(model), ENOUGH, never) as detector:
        first = detector.look(png(64, 64), Request(), lambda: None)
        assert first is not None and first.timings.load > 0 and first.images[0].found
        with pytest.raises(ModelError, match="prompts"):
            detector.look(png(64, 64), Request(prompts=("red car",)), lambda: None)
        assert detector.look(b"no picture", Request(), lambda: None) is None
        sure = detector.look(png(64, 64), Request(confidence=0.95), lambda: None)
        assert sure is not None and sure.timings.load == 0 and not sure.images[0].found
        assert detector.is_open and detector.info == order(model).load().info
    assert not detector.is_open


def test_it_yields_only_where_nobody_waits_for_it(model: Path) -> None:
    with Apart(order(model), ENOUGH, never) as detector:
        assert psutil.Process(detector.process.pid).nice() == psutil.Process().nice()


def test_whoever_waits_may_stop_it_and_nothing_is_left(model: Path) -> None:
    asked: list[int] = []

    def stop(process: int) -> None:
        asked.append(process)
        if len(asked) == 5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        answers(model, [png(64, 64)] * 50, stop)
    assert not psutil.pid_exists(asked[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_everything_does_not_look_like_a_model_that_failed(
    model: Path, number: signal.Signals
) -> None:
    heard = []
    with patient(model) as detector:
        for item, answer in detector.answers(enumerate([png(64, 64)] * 9), Request()):
            assert answer is not None
            heard.append(item)
            os.kill(detector.process.pid, number)
    assert heard == list(range(9))


def test_it_ends_when_whoever_started_it_is_killed(model: Path, tmp_path: Path) -> None:
    program = f"""
import sys, time
from tests.ai.test_apart import Request, patient, png
from pathlib import Path
with patient(Path({str(model)!r})) as detector:
    for number, answer in detector.answers(enumerate([png(64, 64)] * 1000), Request()):
        print(detector.process.pid, flush=True)
        time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        parent.kill()
    until(lambda: not psutil.pid_exists(child))


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="this system has no class of idle processes")
def test_it_runs_only_where_nobody_else_wants_to_and_has_no_secrets(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITL_SECRET_KEY", "of nobody's business")
    with patient(model) as detector:
        for _ in detector.answers(enumerate([png(64, 64)]), Request()):
            process = psutil.Process(detector.process.pid)
            assert process.nice() == 19
            threads = [int(name) for name in os.listdir(f"/proc/{process.pid}/task")]
            assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_IDLE}
            assert os.getsid(process.pid) == os.getsid(0), "sessions are weighed against each other first"
            assert os.getpgid(process.pid) == process.pid, "Ctrl+C is not for it"
            assert Path(f"/proc/{process.pid}/oom_score_adj").read_text() == "1000\n"
            assert "HITL_SECRET_KEY" not in process.environ() and "PATH" in process.environ()


def test_how_many_threads_does_not_depend_on_the_cores_of_the_moment(model: Path) -> None:
    all_cores = str(os.cpu_count())
    assert apart.threads_for(0)["OMP_NUM_THREADS"] == all_cores
    with patient(model) as detector:
        for _ in detector.answers(enumerate([png(64, 64)]), Request()):
            assert (
                psutil.Process(detector.process.pid).environ()["OMP_NUM_THREADS"] == "1"
            )  # as the task says


def test_what_a_library_prints_does_not_get_between_the_answers(model: Path) -> None:
    program = """
import os, sys
from annotate.ai import apart_process, onnx_detector
load = onnx_detector.load
def loud(*what, **more):
    print("Hello from a library", flush=True)
    os.write(1, b"and from C")
    return load(*what, **more)
onnx_detector.load = loud
apart_process.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input=asked(model) + picture(png(64, 64)),
        capture_output=True,
        check=True,
    )
    said = list(messages(done.stdout))
    assert [type(one).__name__ for one in said] == ["Loaded", "Looked"]
    assert b"Hello from a library" in done.stderr and b"and from C" in done.stderr


def asked(model: Path) -> bytes:
    return apart_process.framed(msgspec.msgpack.encode(order(model)))


def picture(data: bytes) -> bytes:
    return apart_process.framed(msgspec.msgpack.encode(Look(Request(), data)))


def messages(data: bytes) -> Iterator[apart_process.Said]:
    while data:
        size = int.from_bytes(data[: apart_process.SIZE_BYTES])
        message, data = data[apart_process.SIZE_BYTES :][:size], data[apart_process.SIZE_BYTES + size :]
        yield msgspec.msgpack.decode(message, type=apart_process.Said)


@pytest.mark.parametrize("cut", [3, 20])
def test_a_message_that_breaks_off_is_the_end(model: Path, cut: int) -> None:
    program = "from annotate.ai.apart_process import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input=asked(model) + picture(png(64, 64))[:cut],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert [type(one).__name__ for one in messages(done.stdout)] == ["Loaded"]
