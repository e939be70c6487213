"""Which row (or paragraph) of what was published is which of what was found, when some were put in or taken out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

_MOST_COMPARED = 4_000
"""Longer stretches that differ are paired by their place: finding the best way would take too long."""


def aligned(expected: Sequence[str], found: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Pairs of places, in order; None where one has nothing for it. Paired may differ: then it was changed.

    >>> list(aligned("abcd", "abXd")), list(aligned("abcd", "aXbcd"))
    ([(0, 0), (1, 1), (2, 2), (3, 3)], [(0, 0), (None, 1), (1, 2), (2, 3), (3, 4)])
    """
    shortest = min(len(expected), len(found))
    head = 0
    while head < shortest and expected[head] == found[head]:
        head += 1
    tail = 0
    while tail < shortest - head and expected[-1 - tail] == found[-1 - tail]:
        tail += 1
    left, right = expected[head : len(expected) - tail], found[head : len(found) - tail]
    yield from ((at, at) for at in range(head))
    for a, b in _middle(left, right):
        yield (None if a is None else a + head, None if b is None else b + head)
    yield from ((len(expected) - at, len(found) - at) for at in range(tail, 0, -1))


def _middle(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    same = sum(a == b for a, b in zip(left, right, strict=False))
    if len(left) == len(right) and (len(left) <= 3 or same * 2 >= len(left)) or max(len(left), len(right)) > _MOST_COMPARED:
        yield from zip_longest(range(len(left)), range(len(right)))
        return
    for _, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        yield from zip_longest(range(a, b), range(c, d))
