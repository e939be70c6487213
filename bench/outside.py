"""Run ``closebook`` and say how long the main thread was outside ``pipelines``: Dagster, imports, the command itself.

A second thread looks at the main thread's stack a hundred times a second; each stretch belongs to what it sees. Prints JSON as the
last line of standard error.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

_OURS = str(Path(__file__).parents[1] / "pipelines")
_STEP = 0.01


def main(arguments: list[str]) -> int:
    """Run the command with ``arguments`` under the watch."""
    spent = {"inside": 0.0, "outside": 0.0}
    done = threading.Event()
    main_thread = threading.get_ident()

    def watch() -> None:
        before = time.perf_counter()
        while not done.wait(_STEP):
            frame = sys._current_frames().get(main_thread)
            while frame is not None and not frame.f_code.co_filename.startswith(_OURS):
                frame = frame.f_back
            now = time.perf_counter()
            spent["outside" if frame is None else "inside"] += now - before
            before = now

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    from assets.command import main as closebook

    code = closebook(arguments)
    done.set()
    watcher.join()
    sys.stderr.write(json.dumps(spent) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
