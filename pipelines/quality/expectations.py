"""What is expected of a whole table, made from its contract and checked by Great Expectations.

``judge`` has already refused single rows; this asks independently, with other code, whether what was staged is what the
contract promises. Results are plain data: nothing outside this module knows the tool. It is imported only when a suite is run.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from typing import Any, Literal

import polars as pl

from pipelines.contracts.model import Contract, Rule

EXAMPLES = 20
"""How many failing values a result keeps."""

_SEPARATOR = ", "
_SELDOM_USED = ("scipy.stats", "altair")


@dataclass(frozen=True)
class Expectation:
    """One thing expected of a table: the tool's name for it, what it is about, and its arguments.

    ``rule`` is the contract's rule that it says again, if it does. ``severity`` ``warning`` lists a failure and stops nothing.
    """

    kind: str
    column: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class Outcome:
    """How one expectation went. ``column`` lists several with commas and is empty for the whole table.

    ``problem`` says why an expectation could not be evaluated at all; such a one has not succeeded.
    """

    table: str
    expectation: str
    column: str
    rule: str
    severity: Literal["error", "warning"]
    success: bool
    rows: int
    unexpected_count: int
    examples: tuple[str, ...]
    problem: str


OUTCOMES = pl.Schema(
    {"table": pl.String, "expectation": pl.String, "column": pl.String, "rule": pl.String, "severity": pl.String, "success": pl.Boolean,
     "rows": pl.Int64, "unexpected_count": pl.Int64, "examples": pl.String, "problem": pl.String}
)  # fmt: skip


def suite(contract: Contract) -> tuple[Expectation, ...]:
    """What ``contract`` leads one to expect of a staged table.

    Its columns in order; no gaps in required columns and in the provenance; closed lists; one row a key; and the rules that compare a
    column with zero or with another column. Other rules are ``judge``'s alone.
    """
    known_place = ("source_file", "source_sha256", "source_row")
    required = [column.name for column in contract.columns if column.required]
    listed = [column for column in contract.columns if column.values]
    wild = dict.fromkeys(contract.wildcards, ("all",))
    rules = (_of_rule(contract, rule) for rule in contract.rules)
    return (
        Expectation("expect_table_columns_to_match_ordered_list", "", {"column_list": contract.staged_schema.names()}),
        *(Expectation("expect_column_values_to_not_be_null", name) for name in (*required, *known_place)),
        *(
            Expectation("expect_column_values_to_be_in_set", column.name, {"value_set": [*column.values, *wild.get(column.name, ())]})
            for column in listed
        ),
        _one_row_a_key(contract),
        *(expectation for expectation in rules if expectation is not None),
    )


def _one_row_a_key(contract: Contract) -> Expectation:
    if len(contract.grain) == 1:
        return Expectation("expect_column_values_to_be_unique", contract.grain[0])
    # A blank part of a key (no outlet: the customer itself) is a value like any other.
    arguments = {"column_list": list(contract.grain), "ignore_row_if": "never"}
    return Expectation("expect_compound_columns_to_be_unique", _SEPARATOR.join(contract.grain), arguments)


def _of_rule(contract: Contract, rule: Rule) -> Expectation | None:
    """The rule as an expectation, where it says ``a >= 0``, ``a > 0``, ``a >= b`` or ``a > b``."""
    numbers = [column.name for column in contract.columns if column.kind.scale]
    for name in numbers:
        for strict in (False, True):
            holds = pl.col(name) > 0 if strict else pl.col(name) >= 0
            if rule.holds.meta.eq(holds):
                arguments: dict[str, Any] = {"min_value": 0, "strict_min": strict}
                return Expectation("expect_column_values_to_be_between", name, arguments, rule.name, rule.severity)
    for a in contract.columns:
        for b in contract.columns:
            if a is b or a.kind is not b.kind:
                continue
            for strict in (False, True):
                holds = pl.col(a.name) > pl.col(b.name) if strict else pl.col(a.name) >= pl.col(b.name)
                if rule.holds.meta.eq(holds):
                    kind = "expect_column_pair_values_a_to_be_greater_than_b"
                    arguments = {
                        "column_A": a.name, "column_B": b.name, "or_equal": not strict, "ignore_row_if": "either_value_is_missing",
                    }  # fmt: skip
                    return Expectation(kind, f"{a.name}{_SEPARATOR}{b.name}", arguments, rule.name, rule.severity)
    return None


def run(frame: pl.DataFrame, contract: Contract) -> tuple[Outcome, ...]:
    """Check a staged ``frame`` against the suite of ``contract``, in the order of the suite.

    Runs on pandas with NumPy types, the fastest of the tool's engines. Never raises for what the data holds: an expectation that
    fails or cannot be evaluated is an outcome. Nothing is sent anywhere and nothing is printed.
    """
    wanted = suite(contract)
    gx = _tool()
    # Each carries its place in the suite: the tool gives results back in an order of its own.
    expectations = [_expectation(gx, one, place) for place, one in enumerate(wanted)]
    with _configurations_kept(gx):
        results = _whole_frames(gx).get_batch({"dataframe": _examined(frame, wanted).to_pandas()}).validate(
            gx.ExpectationSuite(name=contract.name, expectations=expectations),
            result_format={"result_format": "BASIC", "partial_unexpected_count": EXAMPLES},
        ).results
    by_place = {result.expectation_config.meta["place"]: result for result in results}
    return tuple(_outcome(contract.name, one, by_place.get(place), len(frame)) for place, one in enumerate(wanted))


def _examined(frame: pl.DataFrame, wanted: tuple[Expectation, ...]) -> pl.DataFrame:
    """All columns by name and order, but only those that an expectation looks into with their values: the tool hashes every cell."""
    looked_into = {name for one in wanted for name in one.column.split(_SEPARATOR)}
    return frame.with_columns(pl.lit(0, pl.Int8).alias(name) for name in frame.columns if name not in looked_into)


def outcomes_frame(outcomes: tuple[Outcome, ...]) -> pl.DataFrame:
    """Outcomes as a frame, examples joined by commas."""
    rows = [{**vars(outcome), "examples": _SEPARATOR.join(outcome.examples)} for outcome in outcomes]
    return pl.DataFrame(rows, schema=OUTCOMES)


@cache
def _tool() -> Any:
    """The library, imported on first use: that takes seconds. It reads this variable when it is imported."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    late, collecting = _Late(), gc.isenabled()
    sys.meta_path.insert(0, late)
    gc.disable()  # a hundred thousand objects that stay: to look through them again and again finds nothing
    try:
        with warnings.catch_warnings():
            # Its dependencies import modules that the standard library has renamed; calls below raise no warnings.
            warnings.simplefilter("ignore", DeprecationWarning)
            import great_expectations as gx
    finally:
        sys.meta_path.remove(late)
        if collecting:
            gc.enable()
    return gx


class _Late(MetaPathFinder):
    """While the tool is imported: what only its other expectations and its pictures use is loaded when it is first touched."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """The module as it would be found, to be executed later; ``None`` for all others."""
        if fullname not in _SELDOM_USED:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


@cache
def _whole_frames(gx: Any) -> Any:
    """The definition of a batch that is a frame as it stands. One serves every table: the tool writes its configuration anew with each."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = gx.data_context.types.base.ProgressBarsConfig(globally=False, metric_calculations=False)
    return context.data_sources.add_pandas("staged").add_dataframe_asset("table").add_batch_definition_whole_dataframe("all")


@contextmanager
def _configurations_kept(gx: Any) -> Iterator[None]:
    """The tool makes an expectation's configuration anew for each of its arguments, a hundred times each; here each is made once."""
    base = gx.expectations.Expectation
    made = base.configuration
    kept: dict[int, tuple[Any, Any]] = {}

    def configuration(self: Any) -> Any:
        if id(self) not in kept:
            kept[id(self)] = (self, made.fget(self))
        return kept[id(self)][1]

    base.configuration = property(configuration)
    try:
        yield
    finally:
        base.configuration = made


def _expectation(gx: Any, one: Expectation, place: int) -> Any:
    name = "".join(part.title() for part in one.kind.split("_"))
    made = getattr(gx.expectations, name)
    single = {"column": one.column} if one.column and _SEPARATOR not in one.column and "column_list" not in one.arguments else {}
    return made(**single, **one.arguments, meta={"place": place})


def _outcome(table: str, one: Expectation, result: Any, rows: int) -> Outcome:
    if result is None:
        return _made(table, one, success=False, rows=rows, problem="not evaluated")
    problem = _problem(result.exception_info or {})
    detail = result.result or {}
    examples = tuple(str(value) for value in detail.get("partial_unexpected_list", ())[:EXAMPLES])
    return _made(
        table,
        one,
        success=bool(result.success) and not problem,
        rows=rows,
        unexpected_count=int(detail.get("unexpected_count") or 0),
        examples=examples,
        problem=problem,
    )


def _made(
    table: str, one: Expectation, *, success: bool, rows: int, unexpected_count: int = 0, examples: tuple[str, ...] = (), problem: str = ""
) -> Outcome:
    return Outcome(table, one.kind, one.column, one.rule, one.severity, success, rows, unexpected_count, examples, problem)


def _problem(info: Mapping[str, Any]) -> str:
    """The message of an expectation that raised. The tool gives one entry, or one for each metric that failed."""
    entries = [info] if "raised_exception" in info else list(info.values())
    raised = [entry for entry in entries if isinstance(entry, Mapping) and entry.get("raised_exception")]
    return "; ".join(sorted({str(entry.get("exception_message") or "raised").strip() for entry in raised}))
