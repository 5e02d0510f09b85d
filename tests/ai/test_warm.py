"""Detectors stay loaded, and one works at a time."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from annotate.ai.detector import Answer, Detector, Findings, Info, Pixels, Request, Timings
from annotate.ai.warm import Warm

GRAY: Pixels = np.zeros((8, 8, 3), np.uint8)
LONG_S = 20.0


class Slow:
    """Takes a while for each picture, and notes who worked when."""

    def __init__(self, diary: list[str], name: str = "a", picture_s: float = 0.02) -> None:
        self.diary, self.name, self.picture_s = diary, name, picture_s
        self.info = Info(name, "0" * 64, ("cat",), 64, "MIT")

    def detect(self, images: Sequence[Pixels], request: Request) -> Answer:
        for _ in images:
            self.diary.append(f"{self.name} begins")
            time.sleep(self.picture_s)
            self.diary.append(f"{self.name} ends")
        return Answer((Findings(()),) * len(images), Timings())


def use(warm: Warm, key: str, loader: Callable[[], Detector]) -> None:
    with warm.use(key, loader) as detector:
        assert detector.info.name == key


def test_it_loads_once_and_lets_the_longest_unused_go() -> None:
    warm, loaded = Warm(capacity=2), list[str]()

    def load(key: str) -> Callable[[], Detector]:
        def loader() -> Detector:
            loaded.append(key)
            return Slow([], key)

        return loader

    for key in "ababacab":
        use(warm, key, load(key))
    assert loaded == ["a", "b", "c", "b"]
    assert list(warm._loaded) == ["a", "b"]


def test_a_loader_that_fails_keeps_nothing_and_blocks_nobody() -> None:
    warm = Warm()

    def fail() -> Detector:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="gone"):
        use(warm, "a", fail)
    use(warm, "a", lambda: Slow([]))


def test_an_error_while_detecting_lets_the_next_one_in() -> None:
    warm = Warm()
    with pytest.raises(RuntimeError), warm.use("a", lambda: Slow([])):
        raise RuntimeError("damaged picture")
    later = threading.Thread(target=use, args=(warm, "a", lambda: Slow([])))
    later.start()
    later.join(LONG_S)
    assert not later.is_alive()


def test_two_never_work_at_once() -> None:
    warm, diary = Warm(), list[str]()

    def work(name: str) -> None:
        with warm.use(name, lambda: Slow(diary, name, 0.001)) as detector:
            detector.detect([GRAY] * 3, Request())

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

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: use(warm, "a", load), range(8)))
    assert len(loads) == 1
