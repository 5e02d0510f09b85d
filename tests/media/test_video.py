"""Videos are cut by a process of its own; what only pretends to be a video is never opened."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from annotate.media import video
from annotate.media.refusals import Refused
from annotate.media.video import Cutting, Rate, VideoImage, check_is_video, identity_of, md5_of_file
from tests.media import pictures
from tests.media.pictures import pixels


def nothing() -> None:
    """Nobody wants to stop it."""


def cut(path: Path, rate: Rate) -> list[VideoImage]:
    with Cutting(path, rate, nothing) as cutting:
        return list(cutting)


def code_of(path: Path, rate: Rate | None = None) -> str:
    with pytest.raises(Refused) as raised:
        check_is_video(path)
        cut(path, rate or Rate())
    assert "%(" not in raised.value.refusal.message
    return raised.value.refusal.code


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two seconds at 25 images per second."""
    yield pictures.video(tmp_path_factory.mktemp("clip") / "clip.mp4", frames=50, rate=25)


@pytest.mark.parametrize(
    ("rate", "numbers"),
    [
        (Rate(per_second=1), [0, 25]),
        (Rate(per_second=5), [0, 5, 10, 15, 20, 25, 30, 35, 40, 45]),
        (Rate(per_second=60), list(range(50))),
        (Rate(every=20), [0, 20, 40]),
        (Rate(every=1000), [0]),
    ],
    ids=str,
)
def test_it_cuts_a_real_video_at_the_chosen_rate(clip: Path, rate: Rate, numbers: list[int]) -> None:
    images = cut(clip, rate)
    assert [image.number for image in images] == numbers
    for image in images:
        found = pixels(image.data)
        assert found.shape == (120, 160, 3)
        assert abs(float(found.mean()) - (4 * image.number + 20)) < 12, "the picture of that moment"


def test_other_containers_are_cut_too(tmp_path: Path) -> None:
    images = cut(pictures.video(tmp_path / "clip.avi", frames=10, rate=10), Rate(every=5))
    assert [image.number for image in images] == [0, 5]


def test_it_knows_how_many_to_expect(clip: Path) -> None:
    with Cutting(clip, Rate(per_second=2), nothing) as cutting:
        next(iter(cutting))
        assert cutting.total == 4


HLS = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXTINF:1,\nhttp://127.0.0.1:1/secret\n#EXT-X-ENDLIST\n"
PRETENDERS = {
    "hls.mp4": HLS,
    "hls-with-mark.mp4": b"\xef\xbb\xbf" + HLS,
    "dash.mp4": b"<?xml version='1.0'?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>",
    "concat.mp4": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "sdp.mp4": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "image.mp4": pictures.jpeg(),
    "empty.mp4": b"",
}


@pytest.mark.parametrize("name", PRETENDERS)
def test_u29_playlists_and_other_pretenders_are_refused_unopened(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "PROGRAM", tmp_path / "must-not-run.py")
    path = tmp_path / name
    path.write_bytes(PRETENDERS[name])
    assert code_of(path) == "not_a_video"


def test_u29_a_list_that_names_other_files_opens_none_of_them(tmp_path: Path) -> None:
    """Past our own look at the first bytes, ffmpeg is held to real containers and to the file itself."""
    pictures.video(tmp_path / "secret.mp4", frames=5)
    path = tmp_path / "clip.mp4"
    path.write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(Refused, match="not_a_video"):
        cut(path, Rate(every=1))


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_u15_part_of_a_video_is_refused(clip: Path, share: float, tmp_path: Path) -> None:
    path = tmp_path / "part.mp4"
    path.write_bytes(clip.read_bytes()[: int(clip.stat().st_size * share)])
    assert code_of(path) in {"not_a_video", "video_damaged"}


def test_u29_noise_behind_a_good_beginning_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    noise = np.random.default_rng(3).integers(0, 256, 200_000).astype(np.uint8).tobytes()
    path.write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + noise)
    assert code_of(path) in {"not_a_video", "video_damaged"}


def test_u8_a_video_of_too_many_pixels_is_refused(clip: Path, settings: Settings) -> None:
    settings.MAX_PIXELS = 1000
    assert code_of(clip) == "too_many_pixels"


def test_u29_a_video_that_would_give_too_many_images_is_refused_at_once(
    clip: Path, settings: Settings
) -> None:
    settings.MAX_VIDEO_FRAMES = 3
    assert code_of(clip, Rate(every=1)) == "video_too_long"


def test_u29_the_decoder_ends_at_the_limit_even_when_the_header_lied(
    clip: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_VIDEO_FRAMES = 3
    monkeypatch.setattr(video, "check_count", lambda count: None)
    with Cutting(clip, Rate(every=1), nothing) as cutting:
        assert len(list(cutting)) == 3
        assert cutting.stopped_at_limit


def spinning(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Puts a decoder in its place that behaves as ``body`` does, after setting the real limits."""
    program = folder / "decoder.py"
    program.write_text(
        "import json, sys, os\n"
        f"sys.path.insert(0, {str(Path(video.__file__).parent)!r})\n"
        "import cut_video\n"
        "order = json.loads(sys.argv[1])\n"
        "cut_video.limit_ourselves(order['cpu_seconds'], order['memory_bytes'])\n" + body
    )
    monkeypatch.setattr(video, "PROGRAM", program)


def test_u29_the_processor_time_of_a_decoder_is_limited(
    clip: Path, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VIDEO_CPU_SECONDS = 1
    spinning(tmp_path, monkeypatch, "while True: pass\n")
    assert code_of(clip) == "video_limits"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_u29_the_memory_of_a_decoder_is_limited(
    clip: Path, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VIDEO_MEMORY_BYTES = 200_000_000
    spinning(tmp_path, monkeypatch, "bytearray(400_000_000)\n")
    assert code_of(clip) in {"video_limits", "video_damaged"}


def test_u29_a_decoder_cannot_write_a_file_and_knows_no_secret(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITL_SECRET_KEY", "x" * 40)
    target = tmp_path / "written"
    spinning(
        tmp_path,
        monkeypatch,
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"try: open({str(target)!r}, 'w').write('x' * 10)\n"
        "except OSError: pass\n"
        "word = 'leaked' if 'HITL_SECRET_KEY' in os.environ else 'not_a_video'\n"
        "cut_video.send(sys.stdout.buffer, {'kind': 'error', 'code': word})\n",
    )
    assert code_of(clip) == "not_a_video"
    assert not target.exists() or target.stat().st_size == 0


def test_a_silent_decoder_is_given_up(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "SILENCE_S", 0.3)
    spinning(tmp_path, monkeypatch, "import time; time.sleep(60)\n")
    assert code_of(clip) == "video_limits"


def test_stopping_ends_the_decoder(clip: Path) -> None:
    class Stop(Exception):
        pass

    def stop() -> None:
        raise Stop

    cutting = Cutting(clip, Rate(every=1), stop)
    with pytest.raises(Stop), cutting:
        list(cutting)
    assert cutting.process.poll() is not None


def test_a_signal_to_the_worker_and_its_children_does_not_end_a_decoder(clip: Path) -> None:
    """Ctrl+C reaches a whole group of processes: a decoder that died of it would look like a broken video."""
    with Cutting(clip, Rate(every=1), nothing) as cutting:
        assert os.getpgid(cutting.process.pid) != os.getpgid(0)
        assert len(list(cutting)) == 50


def test_a_decoder_whose_worker_is_gone_ends_by_itself(clip: Path, tmp_path: Path) -> None:
    """Nobody reads its output any more: it must not go on for an hour."""
    code = (
        "import subprocess, sys; import django; django.setup()\n"
        "from annotate.media.video import *\nfrom pathlib import Path\n"
        f"c = Cutting(Path({str(clip)!r}), Rate(every=1), lambda: None)\nprint(c.process.pid, flush=True)\n"
        "import os; os._exit(9)\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
        "HITL_DATA_DIR": str(tmp_path),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    pid = int(done.stdout)
    from tests.media.site import until

    def is_gone() -> bool:
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"

    until(is_gone, "the decoder ends", seconds=20)


@pytest.mark.parametrize(
    ("per_second", "every", "rate"),
    [("", "", Rate(1.0)), ("2.5", "", Rate(2.5)), ("", "10", Rate(every=10)), (" 0.01 ", "", Rate(0.01))],
)
def test_a_rate_is_read(per_second: str, every: str, rate: Rate) -> None:
    assert Rate.parse(per_second, every) == rate


@pytest.mark.parametrize(
    ("per_second", "every"),
    [
        ("0", ""),
        ("-1", ""),
        ("nan", ""),
        ("inf", ""),
        ("61", ""),
        ("x", ""),
        ("", "0"),
        ("", "1.5"),
        ("", "9" * 5000),
    ],
)
def test_r4_a_rate_that_makes_no_sense_is_refused(per_second: str, every: str) -> None:
    with pytest.raises(Refused, match="bad_rate"):
        Rate.parse(per_second, every)


def test_the_same_image_of_the_same_video_has_the_same_identity(clip: Path) -> None:
    md5 = md5_of_file(clip, nothing)
    assert identity_of(md5, 3) == identity_of(md5, 3) != identity_of(md5, 4)
    assert len(identity_of(md5, 3)) == 32
