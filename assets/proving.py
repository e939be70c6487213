"""One file's proof, told at a terminal: what was touched, what does not add up, whose it is. What is proven is ``pipelines.proof``'s."""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.delivery.outbox import Outbox
from pipelines.proof.proving import Sent, prove

MOST_TOLD = 40
"""So many places are named; a file with more is another one."""


def told(path: Path, home: Path | None, manifest: Path | None) -> bool:
    """Print what the file proves; whether everything agrees. Faults go to standard error. Raises ``ClosebookError``."""
    sent = [
        Sent(message.name, message.period, one.path, one.name, one.sha256)
        for message in (Outbox(home).messages() if home else ())
        for one in message.attachments
    ]
    found = prove(path, home, manifest, sent)
    faults = [touch.sentence for touch in found.touched] + found.problems
    for sentence in faults[:MOST_TOLD]:
        sys.stderr.write(sentence[:1].upper() + sentence[1:] + "\n")
    if len(faults) > MOST_TOLD:
        sys.stderr.write(f"… and {len(faults) - MOST_TOLD} more.\n")
    if one := found.identity:
        sys.stdout.write(f"{path}: {one.report} {one.name} of {one.company} for {one.period}, {one.language}.\n")
    sys.stdout.writelines(f"{line}\n" for line in (*found.origin, *found.notes))
    if found.is_proven:
        sys.stdout.write("Untouched: content, digests and tie-outs agree.\n")
    else:
        sys.stdout.write("Do not rely on this file: ask for the published one, or take it from the portal.\n")
    return found.is_proven
