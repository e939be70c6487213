"""Lines for the person who waits: one a step, with the seconds since the command began.

Silent unless the command switches it on; Dagster's own log is for operators. Nothing printed here is kept.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

_started: float | None = None
_write: Callable[[str], object] = sys.stderr.write


def begin(started: float) -> None:
    """Print from now on; ``started`` is ``time.monotonic()`` when the command began."""
    global _started
    _started = started


def say(text: str) -> None:
    """One line of progress."""
    if _started is not None:
        _write(f"{time.monotonic() - _started:7.1f} s  {text}\n")
        sys.stderr.flush()
