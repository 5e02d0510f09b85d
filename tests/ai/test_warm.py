"""Detectors stay loaded, and one works at a time."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from annotate.ai.detector import Answer, Findings, Info, Request, Timings
from annotate.ai.limits import Wait
from annotate.ai.opening import Opened
from annotate.ai.warm import Warm

PICTURE = b""
LONG_S = 20.0


class Slow:
    """Takes a while for each picture, and notes who worked when."""

    def __init__(self, diary: list[str], name: str = "a", picture_s: float = 0.02) -> None:
        self.diary, self.name, self.picture_s = diary, name, picture_s
        self.info = Info(name, "0" * 64, ("cat",), 64, "MIT")
        self.is_open = True

    def look(self, data: bytes, request: Request, wait: Wait) -> Answer | None:
        self.diary.append(f"{self.name} begins")
        time.sleep(self.picture_s)
        self.diary.append(f"{self.name} ends")
        return Answer((Findings(()),), Timings())

    def close(self) -> None:
        self.is_open = False
        self.diary.append(f"{self.name} closed")


def never() -> None: ...


def use(warm: Warm, key: str, loader: Callable[[], Opened]) -> None:
    with warm.use(key, loader, never) as detector:
        assert detector.info.name == key


def test_it_loads_once_and_lets_the_longest_unused_go() -> None:
    warm, loaded, diary = Warm(capacity=2), list[str](), list[str]()

    def load(key: str) -> Callable[[], Opened]:
        def loader() -> Opened:
            loaded.append(key)
            return Slow(diary, key)

        return loader

    for key in "ababacab":
        use(warm, key, load(key))
    assert loaded == ["a", "b", "c", "b"]
    assert list(warm._opened) == ["a", "b"] and diary == ["b closed", "c closed"]


def test_one_that_was_closed_is_opened_anew() -> None:
    warm, made = Warm(), list[Slow]()

    def load() -> Opened:
        made.append(Slow([]))
        return made[-1]

    use(warm, "a", load)
    made[0].close()
    use(warm, "a", load)
    assert [one.is_open for one in made] == [False, True]


def test_whoever_waits_for_a_turn_may_stop_waiting() -> None:
    warm = Warm()

    def stop() -> None:
        raise InterruptedError

    with ThreadPoolExecutor(1) as pool, warm.use("a", lambda: Slow([]), never):
        waiting = pool.submit(lambda: warm.use("b", lambda: Slow([]), stop).__enter__())
        with pytest.raises(InterruptedError):
            waiting.result(LONG_S)
    use(warm, "a", lambda: Slow([]))


def test_a_loader_that_fails_keeps_nothing_and_blocks_nobody() -> None:
    warm = Warm()

    def fail() -> Opened:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="gone"):
        use(warm, "a", fail)
    use(warm, "a", lambda: Slow([]))


def test_an_error_while_detecting_lets_the_next_one_in() -> None:
    warm = Warm()
    with pytest.raises(RuntimeError), warm.use("a", lambda: Slow([]), never):
        raise RuntimeError("damaged picture")
    later = threading.Thread(target=use, args=(warm, "a", lambda: Slow([])))
    later.start()
    later.join(LONG_S)
    assert not later.is_alive()


def test_two_never_work_at_once() -> None:
    warm, diary = Warm(), list[str]()

    def work(name: str) -> None:
        with warm.use(name, lambda: Slow(diary, name, 0.001), never) as detector:
            for _ in range(3):
                detector.look(PICTURE, Request(), never)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, "abcdefgh" * 3))
    diary = [line for line in diary if not line.endswith("closed")]
    assert len(diary) == 8 * 3 * 3 * 2
    for begins, ends in zip(diary[::2], diary[1::2], strict=True):
        assert begins.endswith("begins") and ends == begins.replace("begins", "ends")


def test_two_that_need_the_same_model_load_it_once() -> None:
    warm, loads = Warm(), list[int]()

    def load() -> Opened:
        loads.append(1)
        time.sleep(0.05)
        return Slow([])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: use(warm, "a", load), range(8)))
    assert len(loads) == 1
