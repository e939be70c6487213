"""What dealers are promised back: ``rebates.yaml`` in the company's folder, a list of dated programmes (M9). Optional.

Only data and its validation. What a dealer has earned by them, and what it claims, is ``metrics.rebates``'. A change is another
programme with a later ``from``; a span is accrued by the programme of its last day.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import pydantic

from pipelines.company.pay import Step
from pipelines.company.yamlfile import Strict, load

FILE = "rebates.yaml"


class DistanceClass(Strict):
    """The tiers of dealers up to ``up_to_km`` away; None: of all that are farther."""

    up_to_km: pydantic.NonNegativeInt | None = None
    tiers: tuple[Step, ...]


class Programme(Strict):
    """One promise. ``items`` are its names on claims; the first one is what reports call it.

    ``base``: purchases (invoices less red slips, net) or receipts (as received). ``every``: over which the tiers are counted.
    ``product_lines``: purchases of these only. ``pays``: the rate reached on the whole base, or each rate on its own slice.
    ``tiers``, or ``by_distance`` where the rate depends on how far away the dealer is (``customer.distance_km``).
    """

    items: tuple[str, ...] = pydantic.Field(min_length=1)
    start: date = pydantic.Field(alias="from")
    until: date | None = None
    base: Literal["purchases", "receipts"] = "purchases"
    every: Literal["period", "quarter", "year"] = "period"
    product_lines: tuple[str, ...] = ()
    pays: Literal["whole", "slice"] = "whole"
    tiers: tuple[Step, ...] = ()
    by_distance: tuple[DistanceClass, ...] = ()

    @pydantic.model_validator(mode="after")
    def _fits(self) -> Programme:
        if bool(self.tiers) == bool(self.by_distance):
            raise ValueError("a programme has tiers, or by_distance with tiers for each class, not both")
        if self.base == "receipts" and self.product_lines:
            raise ValueError("receipts are of no product line: leave product_lines out")
        limits = [one.up_to_km for one in self.by_distance]
        if None in limits[:-1] or sorted(one for one in limits if one is not None) != [one for one in limits if one is not None]:
            raise ValueError("distance classes stand from near to far; only the last may have no up_to_km")
        for tiers in (self.tiers, *(one.tiers for one in self.by_distance)):
            starts = [one.start for one in tiers]
            if tiers and starts[0] != 0:
                raise ValueError("the first tier begins at 0; write rate 0 where nothing is paid so low")
            if starts != sorted(set(starts)):
                raise ValueError("tiers stand in the order of their from, each once")
        return self

    @property
    def name(self) -> str:
        """What reports call it."""
        return self.items[0]

    def tiers_for(self, distance_km: float | None) -> tuple[Step, ...] | None:
        """The tiers of a dealer so far away; None when the class cannot be told, or there is none so far."""
        if self.tiers:
            return self.tiers
        if distance_km is None:
            return None
        return next((one.tiers for one in self.by_distance if one.up_to_km is None or distance_km <= one.up_to_km), None)


class RebateFile(Strict):
    """The file ``rebates.yaml``."""

    programmes: tuple[Programme, ...]

    @pydantic.model_validator(mode="after")
    def _apart(self) -> RebateFile:
        for at, one in enumerate(self.programmes):
            for other in self.programmes[:at]:
                shared = {item.casefold() for item in one.items} & {item.casefold() for item in other.items}
                last = date.max
                if shared and one.start <= (other.until or last) and other.start <= (one.until or last):
                    raise ValueError(f"two programmes are called '{sorted(shared)[0]}' on the same days: end the earlier one with 'until'")
        return self

    def on(self, day: date) -> tuple[Programme, ...]:
        """The programmes in force on ``day``."""
        return tuple(one for one in self.programmes if one.start <= day and (one.until is None or day <= one.until))


def load_rebates(folder: Path) -> RebateFile | None:
    """The file of the company in ``folder``, None when it has none. Raises ``ConfigurationError`` naming file and line."""
    path = folder / FILE
    return load(path, RebateFile) if path.is_file() else None
