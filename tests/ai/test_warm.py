"""Detectors stay loaded, one works at a time, and people go before batches."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from annotate.ai.detector import Answer, Detector, Findings, Info, Pixels, Request, Timings, never
from annotate.ai.problems import Busy
from annotate.ai.warm import Priority, Warm

GRAY: Pixels = np.zeros((8, 8, 3), np.uint8)
LONG_S = 20.0


class Slow:
    """Takes a while for each picture, and notes who worked when."""

    def __init__(self, diary: list[str], name: str = "a", picture_s: float = 0.02) -> None:
        self.diary, self.name, self.picture_s = diary, name, picture_s
        self.info = Info(name, "0" * 64, ("cat",), 64, "MIT")

    def detect(
        self, images: Sequence[Pixels], request: Request, *, between: Callable[[], None] = never
    ) -> Answer:
        for number, _ in enumerate(images):
            if number:
                between()
            self.diary.append(f"{self.name} begins")
            time.sleep(self.picture_s)
            self.diary.append(f"{self.name} ends")
        return Answer((Findings(()),) * len(images), Timings())


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.001)


def test_it_loads_once_and_lets_the_longest_unused_go() -> None:
    warm, loaded = Warm(capacity=2), list[str]()

    def ask(key: str) -> None:
        def load() -> Detector:
            loaded.append(key)
            return Slow([], key)

        with warm.use(key, load) as turn:
            assert turn.detector.info.name == key

    for key in "ababacab":
        ask(key)
    assert loaded == ["a", "b", "c", "b"]
    assert warm.keys() == ("a", "b")


def test_a_loader_that_fails_keeps_nothing_and_blocks_nobody() -> None:
    warm = Warm()

    def fail() -> Detector:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="gone"), warm.use("a", fail):
        pass
    with warm.use("a", lambda: Slow([])) as turn:
        assert turn.detector.info.name == "a"


def test_an_error_while_detecting_lets_the_next_one_in() -> None:
    warm = Warm()
    with pytest.raises(RuntimeError), warm.use("a", lambda: Slow([])):
        raise RuntimeError("damaged picture")
    with warm.use("a", lambda: Slow([]), timeout_s=1):
        pass


def test_two_never_work_at_once() -> None:
    warm, diary = Warm(), list[str]()

    def work(name: str) -> None:
        with warm.use(name, lambda: Slow(diary, name, 0.001)) as turn:
            turn.detector.detect([GRAY] * 3, Request(), between=turn.give_way)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, "abcdefgh" * 3))
    assert len(diary) == 8 * 3 * 3 * 2
    for begins, ends in zip(diary[::2], diary[1::2], strict=True):
        assert begins.endswith("begins") and ends == begins.replace("begins", "ends")


def test_two_that_need_the_same_model_load_it_once() -> None:
    warm, loads = Warm(), list[int]()

    def load() -> Detector:
        loads.append(1)
        time.sleep(0.05)
        return Slow([])

    def work(_: int) -> None:
        with warm.use("a", load):
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(loads) == 1


def test_a_batch_lets_a_person_go_first_and_then_goes_on() -> None:
    warm, diary = Warm(), list[str]()

    def batch() -> None:
        with warm.use("batch", lambda: Slow(diary, "batch"), priority=Priority.BATCH) as turn:
            turn.detector.detect([GRAY] * 40, Request(), between=turn.give_way)

    thread = threading.Thread(target=batch)
    thread.start()
    until(lambda: len(diary) >= 2)
    with warm.use("person", lambda: Slow(diary, "person"), timeout_s=LONG_S) as turn:
        turn.detector.detect([GRAY], Request())
    thread.join(LONG_S)
    at = diary.index("person begins")
    assert at < 30 and diary.count("batch ends") == 40
    assert diary[at - 1] == "batch ends" and diary[at + 1] == "person ends"


def test_a_batch_does_not_give_way_to_another_batch() -> None:
    warm, diary = Warm(), list[str]()

    def batch(name: str) -> None:
        with warm.use(name, lambda: Slow(diary, name, 0.005), priority=Priority.BATCH) as turn:
            turn.detector.detect([GRAY] * 10, Request(), between=turn.give_way)

    first = threading.Thread(target=batch, args=("first",))
    first.start()
    until(lambda: bool(diary))
    batch("second")
    first.join(LONG_S)
    assert diary == [f"{name} {what}" for name in ("first", "second") for what in ("begins", "ends") * 10]


def test_people_go_before_a_batch_that_came_earlier() -> None:
    warm, order = Warm(), list[str]()

    def work(name: str, priority: Priority) -> None:
        with warm.use("a", lambda: Slow([]), priority=priority):
            order.append(name)

    with warm.use("a", lambda: Slow([])):
        threads = []
        for number, priority in enumerate([Priority.BATCH, Priority.INTERACTIVE, Priority.INTERACTIVE]):
            thread = threading.Thread(target=work, args=(f"{priority.name} {number}", priority))
            thread.start()
            threads.append(thread)
            until(lambda: len(warm._gate._waiting) == len(threads))
    for thread in threads:
        thread.join(LONG_S)
    assert order == ["INTERACTIVE 1", "INTERACTIVE 2", "BATCH 0"]


def test_who_waits_too_long_is_told_and_holds_nobody_up() -> None:
    warm, done = Warm(), list[str]()

    def later() -> None:
        with warm.use("a", lambda: Slow([])):
            done.append("later")

    with warm.use("a", lambda: Slow([])):
        thread = threading.Thread(target=later)
        with pytest.raises(Busy, match="busy"), warm.use("a", lambda: Slow([]), timeout_s=0.05):
            pass
        thread.start()
        until(lambda: len(warm._gate._waiting) == 1)
    thread.join(LONG_S)
    assert done == ["later"]


def test_a_batch_keeps_its_model_when_a_person_pushed_it_out() -> None:
    warm, loads = Warm(capacity=1), list[str]()

    def load(name: str) -> Callable[[], Detector]:
        def loaded() -> Detector:
            loads.append(name)
            return Slow([], name)

        return loaded

    with warm.use("batch", load("batch"), priority=Priority.BATCH) as turn:
        person = threading.Thread(target=_use, args=(warm, "person", load("person")))
        person.start()
        until(lambda: len(warm._gate._waiting) == 1)
        turn.give_way()
    person.join(LONG_S)
    _use(warm, "batch", load("batch"))
    assert loads == ["batch", "person"]


def _use(warm: Warm, key: str, loader: Callable[[], Detector]) -> None:
    with warm.use(key, loader):
        pass


def test_it_forgets() -> None:
    warm = Warm()
    _use(warm, "a", lambda: Slow([]))
    warm.forget("a")
    warm.forget("never there")
    assert warm.keys() == ()
