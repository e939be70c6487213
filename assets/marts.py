"""One period's marts: each group is computed from the facts as of its business day. What a figure is, is ``pipelines.metrics``'."""

from collections.abc import Callable, Iterator, Mapping

import dagster as dg
import polars as pl

from assets.context import Clocks, clocks, company_in, facts_from
from assets.progress import say
from assets.resources import Doors
from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.contracts.marts_assessment import ASSESSMENT_MARTS
from pipelines.contracts.marts_dealers import DEALER_MARTS
from pipelines.contracts.marts_market import MARKET_MARTS
from pipelines.contracts.marts_pay import PAY_MARTS
from pipelines.contracts.marts_people import PEOPLE_MARTS
from pipelines.contracts.marts_receivables import RECEIVABLES_MARTS
from pipelines.contracts.model import Contract
from pipelines.metrics import (
    activity,
    assessment,
    causes,
    channels,
    dealers,
    market,
    plan_actual,
    rebates,
    receivable_marts,
    sales_weekly,
    salespeople,
    satisfaction,
    submissions,
)
from pipelines.metrics.pay import Pay, Settled
from pipelines.metrics.pay_marts import pay_marts
from pipelines.publish.journal import Journal
from pipelines.publish.settled import settled
from pipelines.sources.facts import Facts

OWNERS = ["team:finance"]
Compute = Callable[[Facts, Company, Period, Clocks, Mapping[str, pl.DataFrame]], Mapping[str, pl.DataFrame]]


def marts(
    name: str, contracts: tuple[Contract, ...], compute: Compute, partitions: dg.PartitionsDefinition, also: tuple[str, ...] = ()
) -> dg.AssetsDefinition:
    """Assets ``mart_<name>`` of one subject. ``also`` names further assets (frames) that the computation takes."""
    deps = [*(f"fact_{table}" for table in CONTRACTS), "files", "delivered", *also]
    outs = {
        f"mart_{mart.name}": dg.AssetOut(group_name="marts", description=mart.title.en, kinds={"polars"}, owners=OWNERS)
        for mart in contracts
    }

    @dg.multi_asset(name=name, deps=deps, outs=outs, partitions_def=partitions, can_subset=False)
    def computed(context: dg.AssetExecutionContext, doors: Doors) -> Iterator[dg.Output[pl.DataFrame]]:
        frames = doors.upstream(context)
        company = company_in(doors.company_folder)
        period = company.calendar.period(context.partition_key)
        say(f"{name}: {period.key}")
        facts = facts_from(frames, frames["delivered"])
        found = compute(facts, company, period, clocks(company, period, frames["files"]), {one: frames[one] for one in ("files", *also)})
        for mart in contracts:
            frame = found[mart.name].select(pl.col(column).cast(dtype) for column, dtype in mart.schema.items())
            yield dg.Output(frame, output_name=f"mart_{mart.name}")

    return computed


SERIES = (("net_amount", "company"), ("net_amount", "region_code"), ("net_amount", "product_line"), ("receipts", "company"),
          ("gross_margin", "company"))
"""Measures and cuts whose last two years stand in ``plan_series``."""


def sales(facts: Facts, company: Company, period: Period, at: Clocks, _: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """M1: plan against actual, its series, pace and layers."""
    return {
        "plan_actual": plan_actual.plan_actual(facts, company, period, as_of=at.as_of),
        "plan_to_date": plan_actual.plan_to_date(facts, company, period, as_of=at.as_of),
        "plan_layers": plan_actual.plan_layers(facts, company, period),
        "plan_series": pl.concat(plan_actual.series(facts, company, period, measure, cut, as_of=at.as_of) for measure, cut in SERIES),
        "pace": plan_actual.pace(facts, company, period, at.as_of),
        "new_customers": plan_actual.new_customers(facts, company, period, as_of=at.as_of),
    }


def variance(facts: Facts, company: Company, period: Period, at: Clocks, _: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """M1: why actual differs from plan and from last year."""
    leaves = causes.variance_cause_leaves(facts, company, period, as_of=at.as_of)
    return {
        "variance_cause_leaves": leaves,
        "variance_causes": causes.variance_causes(leaves, facts, company, period),
        "top_causes": causes.top_causes(leaves, facts, company, period),
    }


def owed(facts: Facts, company: Company, period: Period, at: Clocks, _: Mapping[str, pl.DataFrame]) -> Mapping[str, pl.DataFrame]:
    """M3: who owes what, for how long, and what follows from it. Nothing where receipts are not delivered: all sales would look unpaid."""
    if not facts.has("receipt"):
        return {mart.name: pl.DataFrame(schema=mart.schema) for mart in RECEIVABLES_MARTS}
    return receivable_marts.receivable_marts(facts, company, period, at.as_of)


def dealer(facts: Facts, company: Company, period: Period, at: Clocks, also: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """M8, M9: the dealers' process indicators, scores and grades; rebates."""
    found = dealers.dealer_marts(facts, company, period, at.as_of, also["mart_receivables"])
    return {
        "dealer_indicators": found.indicators, "dealer_indicator_scores": found.scores,
        "rebates": rebates.rebates(facts, company, period, at.as_of),
    }  # fmt: skip


def weekly(facts: Facts, company: Company, period: Period, at: Clocks, also: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """M1 by week: the weeks that end in the period, and the course of the last ones."""
    return {
        "sales_weekly": sales_weekly.sales_weekly(facts, company, period, at.as_of, also["mart_plan_actual"]),
        "week_series": sales_weekly.week_series(facts, company, period, at.as_of),
    }


def people(facts: Facts, company: Company, period: Period, at: Clocks, also: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """M4, M5: the nine indicators, visits by week, month and day, execution of work plans."""
    done = activity.activity_marts(facts, company, period, at.as_of, also["mart_plan_actual"])
    return {
        "salesperson_indicators": salespeople.salesperson_indicators(
            facts, company, period, at.as_of, also["mart_plan_actual"], also["mart_receivable_ratios"]
        ),
        "activity": done.activity, "activity_days": done.days, "work_plan_execution": done.plans,
    }  # fmt: skip


def outside(facts: Facts, company: Company, period: Period, at: Clocks, also: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """M12, M15, M16: channels, deals, complaints, satisfaction, market."""
    return {
        "deals": channels.deals(facts, company, period, at.as_of),
        "channels": channels.channels(facts, company, period, at.as_of),
        "complaints": satisfaction.complaints(facts, company, period, at.as_of),
        "satisfaction": satisfaction.satisfaction(facts, company, period, at.as_of),
        "market_share": market.market_share(facts, company, period, also["mart_plan_actual"]),
        "product_mix": market.product_mix(facts, company, period, at.as_of),
        "market_signals": market.market_signals(facts, company, period, at.as_of),
    }


def handed_in(facts: Facts, company: Company, period: Period, at: Clocks, also: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """M14: who owed which file by when."""
    found = submissions.submissions(also["files"], also["quarantine"], facts, company, period, at.known_at)
    return {"submissions": found, "submission_rates": submissions.submission_rates(found)}


def paid(facts: Facts, company: Company, period: Period, at: Clocks, also: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """M7: what everybody is paid, and why; nothing for a company without pay plans."""
    return pay_marts(Pay(facts, company, period, at.as_of, Settled.of(also["settled_pay"])))


def settled_before(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """``settled_pay``: what closed periods paid, up to this one, as it was kept when they were closed."""

    @dg.asset(name="settled_pay", group_name="marts", partitions_def=partitions, deps=["files"], owners=OWNERS, kinds={"polars"})
    def settled_pay(context: dg.AssetExecutionContext, doors: Doors) -> pl.DataFrame:
        """The kept rows of all pay marts of the periods that the journal calls closed, this one included; ``mart`` says whose."""
        calendar, shelf = company_in(doors.company_folder).calendar, doors.shelf()
        until = calendar.period(context.partition_key)
        kept: dict[str, list[pl.DataFrame]] = {}
        for key, frames in settled(Journal(doors.settings.home).entries()).items():
            if calendar.period(key).start <= until.start:
                for mart, digest in frames.items():
                    kept.setdefault(mart, []).append(pl.read_parquet(shelf.frame_path(digest)))
        return Settled.joined(kept)

    return settled_pay


def assessed(facts: Facts, company: Company, period: Period, at: Clocks, also: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """M6: who scored what by the company's schemes, and why."""
    ledger = assessment.Ledger(also["files"], also["quarantine"], at.known_at, also["column_letters"])
    return assessment.assessment_marts(facts, company, period, at.as_of, ledger)


def next_plan(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """``plan_next``: what the coming period is planned to bring, for the monthly review."""
    deps = [*(f"fact_{table}" for table in CONTRACTS), "files", "delivered"]

    @dg.asset(name="plan_next", group_name="marts", partitions_def=partitions, deps=deps, owners=OWNERS, kinds={"polars"})
    def plan_next(context: dg.AssetExecutionContext, doors: Doors) -> pl.DataFrame:
        """Plan and last year of the period after this one, in the columns of ``plan_actual``; empty at the calendar's end."""
        frames = doors.upstream(context)
        company = company_in(doors.company_folder)
        period = company.calendar.period(context.partition_key)
        following = company.calendar.next(period)
        if following is None:
            return pl.DataFrame(schema=MARTS["plan_actual"].schema)
        at = clocks(company, period, frames["files"])
        facts = facts_from(frames, frames["delivered"])
        return plan_actual.plan_actual(facts, company, following, as_of=at.as_of, cuts=("company", "region_code", "product_line"))

    return plan_next


def all_marts(partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Every mart but those of control, which compare what these have computed."""
    def named(*names: str) -> tuple[Contract, ...]:
        return tuple(MARTS[name] for name in names)

    return [
        marts("plan_against_actual",
              named("plan_actual", "plan_to_date", "plan_layers", "plan_series", "pace", "new_customers"), sales, partitions),
        next_plan(partitions),
        marts("causes_of_variance", named("variance_cause_leaves", "variance_causes", "top_causes"), variance, partitions),
        marts("receivables", RECEIVABLES_MARTS, owed, partitions),
        settled_before(partitions),
        marts("pay", PAY_MARTS, paid, partitions, ("settled_pay",)),
        marts("dealers", DEALER_MARTS, dealer, partitions, ("mart_receivables",)),
        marts("weeks_of_sales", named("sales_weekly", "week_series"), weekly, partitions, ("mart_plan_actual",)),
        marts("salespeople", PEOPLE_MARTS, people, partitions, ("mart_plan_actual", "mart_receivable_ratios")),
        marts("market", MARKET_MARTS, outside, partitions, ("mart_plan_actual",)),
        marts("assessment", ASSESSMENT_MARTS, assessed, partitions, ("quarantine", "column_letters")),
        marts("submissions_received", named("submissions", "submission_rates"), handed_in, partitions, ("quarantine",)),
    ]
