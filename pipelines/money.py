"""Exact numbers: the only place that parses, scales, multiplies, divides, allocates or rounds them.

Money and quantities are whole numbers of ten-thousandths (``E4``), prices and rates of hundred-millionths
(``E8``), in ``Int64`` columns, whose sums are exact in any order. Products go through 128 bits. Rounding is half away from zero
everywhere. What a number looks like on paper belongs to ``pipelines.reports``.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

import polars as pl

E4 = 10_000
E8 = 100_000_000
FEN = 100
"""Ten-thousandths in one fen (0.01 of a currency unit)."""

LIMIT = 2**62
"""Values at or beyond this are refused when parsed, so that integer sums of a column cannot wrap unnoticed."""


def scaled(text: str, scale: int = E4, *, factor: Decimal | int = 1) -> int:
    """A plain decimal text as a whole number of ``1/scale`` units, exactly.

    ``factor`` is the delivered unit (10,000 for 万元). Raises ``ValueError`` when the text is no number or
    holds more decimals than the scale can keep: nothing is ever rounded on the way in.

    >>> scaled("12.5"), scaled("1.25", factor=10_000)
    (125000, 125000000)
    >>> scaled("0.00001")
    Traceback (most recent call last):
    ...
    ValueError: 0.00001 has more decimals than 1/10000 can keep
    """
    try:
        with localcontext() as context:
            context.prec = 60
            exact = Decimal(text) * factor * scale
    except InvalidOperation as error:
        raise ValueError(f"{text} is not a number") from error
    if not exact.is_finite():
        raise ValueError(f"{text} is not a number")
    if exact != exact.to_integral_value():
        raise ValueError(f"{text} has more decimals than 1/{scale} can keep")
    if abs(exact) >= LIMIT:
        raise ValueError(f"{text} is too large")
    return int(exact)


def plain(value: int, scale: int = E4) -> Decimal:
    """The exact decimal of a scaled integer: ``plain(125000) == Decimal('12.5')``."""
    return Decimal(value) / scale


def rounded(value: Decimal | int | str, places: int = 0) -> Decimal:
    """Round half away from zero.

    >>> [str(rounded(x, 2)) for x in ("0.125", "-0.125", "2.675")]
    ['0.13', '-0.13', '2.68']
    """
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def ratio(numerator: int | None, denominator: int | None) -> float | None:
    """A rate for reading, or None when either side is missing or the denominator is zero."""
    if numerator is None or not denominator:
        return None
    return numerator / denominator


def ratio_expr(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Column form of :func:`ratio`: Float64, null where the denominator is null or zero."""
    return pl.when(denominator != 0).then(numerator.cast(pl.Float64) / denominator.cast(pl.Float64))


def divide_half_away(numerator: int, denominator: int) -> int:
    """Integer quotient, rounded half away from zero.

    >>> divide_half_away(1, 2), divide_half_away(-1, 2), divide_half_away(1, 3)
    (1, -1, 0)
    """
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    top, bottom = abs(numerator), abs(denominator)
    return sign * ((2 * top + bottom) // (2 * bottom))


def mul_div(a: pl.Expr, b: pl.Expr, c: pl.Expr) -> pl.Expr:
    """``round(a · b ÷ c)`` on integer columns through 128 bits, half away from zero; null where ``c`` is 0.

    The intermediate product of two ``Int64`` values fits 128 bits. The result is ``Int64``.
    """
    product = a.cast(pl.Int128) * b.cast(pl.Int128)
    below = c.cast(pl.Int128)
    negative = (product < 0) != (below < 0)
    top, bottom = product.abs(), below.abs()
    whole = ((2 * top + bottom) // pl.when(bottom != 0).then(2 * bottom)).cast(pl.Int64)
    return pl.when(negative).then(-whole).otherwise(whole)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` by ``weights`` so that the parts add up exactly; the remainder goes to the largest part.

    Raises ``ValueError`` when the weights add up to zero.

    >>> allocate(100, [1, 1, 1])
    [34, 33, 33]
    """
    whole = sum(weights)
    if whole == 0:
        raise ValueError("cannot allocate by weights that add up to zero")
    parts = [divide_half_away(total * weight, whole) for weight in weights]
    largest = max(range(len(parts)), key=lambda i: (abs(weights[i]), -i))
    parts[largest] += total - sum(parts)
    return parts


def allocate_expr(total: pl.Expr, weight: pl.Expr, by: Sequence[str], step: int = 1) -> pl.Expr:
    """Column form of :func:`allocate`: each row's part of its group's ``total``, by ``weight``, exact; 0 where the weights add up to 0.

    ``total`` is the same on all rows of a group (``by``) and a multiple of ``step``; so are the parts.
    """
    whole, units = weight.sum().over(by), total // step
    part = mul_div(units, weight, whole)
    size = weight.abs()
    largest = pl.int_range(pl.len()).over(by) == pl.when(size == size.max()).then(pl.int_range(pl.len())).min().over(by)
    parts = part + pl.when(largest).then(units - part.sum().over(by)).otherwise(0)
    return pl.when(whole != 0).then(parts).otherwise(0) * step
