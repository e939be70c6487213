"""The program of a publication, run again in a process of its own. What is kept of it is ``publish.code``'s business."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from assets.delivering import NOT_NOW
from assets.progress import say
from assets.settings import Settings
from pipelines.publish.code import unpack_code


def run_kept(settings: Settings, version: str, folder: Path, words: Sequence[str]) -> int:
    """Unpack the kept program ``version`` into ``folder`` and run its command with ``words``. Returns its exit code."""
    shutil.rmtree(folder, ignore_errors=True)
    unpack_code(settings.home, version, folder)
    say(f"running the program of then, {version[:12]}")
    environment = {**os.environ, "PYTHONPATH": str(folder), NOT_NOW: "1"}
    return subprocess.run([sys.executable, "-m", "assets.command", *words], cwd=folder, env=environment, check=False).returncode
