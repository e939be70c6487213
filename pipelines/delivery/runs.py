"""Which runs of a home failed, and which was the first good one after that: what failure and recovery messages are made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines import storage

_LONGEST = 2_000


@dataclass(frozen=True)
class Run:
    """A run that failed (``why``), or the first good one after those in ``after``. ``period`` is empty where a run has none."""

    number: int
    what: str
    job: str
    period: str
    why: str = ""
    after: tuple[int, ...] = ()


class Runs:
    """The file ``home/outbox/runs.jsonl``: one line a failure that is news, and one a recovery."""

    def __init__(self, home: Path) -> None:
        self.path = home / "outbox" / "runs.jsonl"

    def all(self) -> list[Run]:
        """Every line, oldest first."""
        if not self.path.is_file():
            return []
        lines = [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]
        return [Run(**{**line, "after": tuple(line["after"])}) for line in lines]

    def open(self) -> list[Run]:
        """The failures after which no run was good yet."""
        every = self.all()
        over = {number for one in every for number in one.after}
        return [one for one in every if one.what == "failed" and one.number not in over]

    def failed(self, job: str, period: str, why: str) -> None:
        """Write down that a run failed; the same failure again, before anything was mended, is no news."""
        why = why[:_LONGEST]
        if (job, period, why) not in {(one.job, one.period, one.why) for one in self.open()}:
            self._add("failed", job, period, why, ())

    def good(self, job: str, period: str | None = None) -> None:
        """Write down that a run was good, if one had failed before: of ``period`` and of none; None: of any."""
        over = [one for one in self.open() if period is None or one.period in ("", period)]
        if over:
            self._add("recovered", job, period or "", "", tuple(one.number for one in over))

    def _add(self, what: str, job: str, period: str, why: str, after: tuple[int, ...]) -> None:
        every = self.all()
        lines = [*every, Run(len(every) + 1, what, job, period, why, after)]
        storage.write_text(self.path, "".join(json.dumps(asdict(one), ensure_ascii=False, sort_keys=True) + "\n" for one in lines))
