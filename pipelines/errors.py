"""Deliberate failures: one small tree, each carrying a sentence for the person who can mend it.

An error says where, what was expected, what was found and what to do next. Faults of single rows are not
errors: they are data (see ``pipelines.quality``) and never stop a run.
"""

from __future__ import annotations


class ClosebookError(Exception):
    """Something the user can mend. The command prints its text and ends with exit code 1."""


class ConfigurationError(ClosebookError):
    """The company's folder is wrong: names file and line."""


class RefusedFile(ClosebookError):
    """A delivered file that is not taken.

    The text is for the log and for whoever keeps the layouts. ``rule`` and ``values`` say it in any language
    (``quality.sentences.of_file``): ``sheet``, ``row`` and ``column`` say where, the others what.
    """

    rule = "layout_wrong"

    def __init__(self, text: str, rule: str = "", **values: str | int) -> None:
        super().__init__(text)
        self.rule = rule or self.rule
        self.values = values

    def without(self, path: str) -> str:
        """The text without the file's name, for lists that name the file beside it."""
        return str(self).removeprefix(path).removeprefix(": ").removeprefix("!")


class LayoutError(RefusedFile):
    """A delivered file does not fit its layout: names file, sheet and the line to add to the layout."""


class UnreadableFile(RefusedFile):
    """A delivered file cannot be opened (damaged, encrypted, too large). Becomes a ledger entry."""

    rule = "file_damaged"


class InboxError(ClosebookError):
    """The inbox as a whole cannot be landed: missing, empty, or two files claim to be the same delivery."""


class UnknownPeriod(ClosebookError):
    """A period that the company's calendar does not have."""


class CheckViolated(ClosebookError):
    """The warehouse, as it was loaded, contradicts itself: a check of ``sql/checks`` has rows."""


class WarehouseError(ClosebookError):
    """The warehouse cannot be written: locked, unreachable, no space."""


class HomeBusy(ClosebookError):
    """Another run works in the home."""


class InvariantBroken(ClosebookError):
    """A sum that must tie does not. What it touches is not published."""


class JournalBroken(ClosebookError):
    """The journal of a home was changed: names the line."""


class NotAllowed(ClosebookError):
    """An act that the state of a period, or who asks for it, does not allow: says what has to come first."""
