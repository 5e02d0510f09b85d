"""``python -m annotate.training.polite MODULE …``: gives way to everybody, then becomes ``python -m MODULE …``.

What the module starts gives way too, with every thread: DVC runs each stage as a process of its own.
"""

import os
import sys

from ..ai.priority import yield_to_everyone

if __name__ == "__main__":
    yield_to_everyone()
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])  # noqa: S606  (our own program)
