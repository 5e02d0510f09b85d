"""A training gives way with all that it starts, and nothing of the session that it was started from does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from annotate.ai import priority
from annotate.training import workspace

ROOT = Path(__file__).parents[2]
TELL = """
import os, subprocess, sys
print(os.nice(0), os.sched_getscheduler(0), sys.argv[1:], flush=True)
subprocess.run([sys.executable, "-c", "import os; print(os.nice(0), os.sched_getscheduler(0))"], check=True)
"""


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="this system has no class of idle processes")
@pytest.mark.parametrize("has_own_session", [True, False])
def test_it_becomes_the_module_and_gives_way(tmp_path: Path, has_own_session: bool) -> None:
    (tmp_path / "tell.py").write_text(TELL)
    assert workspace.command()[:3] == [sys.executable, "-m", "annotate.training.polite"]
    group = priority.GROUP.read_text() if priority.GROUP.exists() else ""
    done = subprocess.run(
        [*workspace.command()[:3], "tell", "a", "b"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
        start_new_session=has_own_session,
    )
    assert done.stdout.splitlines() == [f"19 {os.SCHED_IDLE} ['a', 'b']", f"19 {os.SCHED_IDLE}"]
    assert (priority.GROUP.read_text() if priority.GROUP.exists() else "") == group


@pytest.mark.skipif(
    not priority.GROUP.exists(), reason="this system does not weigh sessions against each other"
)
def test_its_session_weighs_less_than_others() -> None:
    program = "from annotate.ai import priority as p; p.yield_to_everyone(); print(p.GROUP.read_text())"
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, start_new_session=True)
    assert "nice 19" in done.stdout
