"""Delivery at the edge: what the home's facts make due is put into the outbox and sent; failed and good runs are written down.

Started by the command, by the job ``deliver`` and by the sensors; what is said to whom is ``pipelines.delivery``'s. Nothing that a
server does fails a run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from assets.alone import alone
from assets.context import company_in
from assets.progress import say
from assets.settings import Settings
from pipelines import storage
from pipelines.company.company import Company
from pipelines.company.delivery import Delivery, load_delivery
from pipelines.delivery.credentials import Credentials, scrubbed
from pipelines.delivery.outbox import Outbox
from pipelines.delivery.planning import Home, Plan, contacts, listed, plan
from pipelines.delivery.runs import Runs
from pipelines.delivery.sending import Sent, send
from pipelines.errors import ClosebookError, ConfigurationError, HomeBusy, UnknownPeriod
from pipelines.publish.close import utc_now
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Shelf

DOORS = ("CLOSEBOOK_WAREHOUSE", "CLOSEBOOK_ERP")
"""Variables that hold a password beside those of ``delivery.yaml``."""


NOT_NOW = "CLOSEBOOK_NO_DELIVERY"
"""Set for a program of another day that computes again what was known: whatever its options are called, it tells nobody."""


def around(settings: Settings, work: Callable[[], int], *, deliver: bool) -> int:
    """Do a run's ``work``; write down whether it failed or was the first good one after that; send what is due.

    The delivery's configuration is read first: what is wrong in it is said before hours of work. An error of ``work`` is raised again
    after it was told.
    """
    delivery = load_delivery(settings.company) if deliver and not os.environ.get(NOT_NOW) else None
    if delivery is None:
        return work()
    try:
        code = work()
    except (HomeBusy, UnknownPeriod):
        raise
    except Exception as error:
        failed(settings, delivery, "run", "", _sentence(error))
        _send_after(settings, delivery)
        raise
    Runs(settings.home).good("run")
    _send_after(settings, delivery)
    return code


def deliver(settings: Settings, *, dry: bool = False) -> int:
    """``closebook deliver``: send what is due and what waits; 0 when nothing waits any more. Raises when there is no ``delivery.yaml``."""
    delivery = load_delivery(settings.company)
    if delivery is None:
        raise ConfigurationError(f"{settings.company / 'delivery.yaml'}: there is no such file, so there is nobody to tell.")
    if not settings.home.is_dir():
        raise ConfigurationError(f"{settings.home}: there is no such home. 'closebook run' makes it.")
    if dry:
        found = _planned(settings, delivery)
        for line in (*found.proofs, *found.problems):
            sys.stdout.write(f"{line}\n")
        messages = [*Outbox(settings.home).waiting(), *(draft.message for draft in found.drafts)]
        unique = {message.id: message for message in messages}
        sys.stdout.write("".join(f"would be sent to {line}\n" for line in listed(unique.values())) or "Nothing is due.\n")
        return 0
    with alone(settings, loads=False):
        done = _sent(settings, delivery)
    return 3 if done.waiting else 0


def failed(settings: Settings, delivery: Delivery, job: str, period: str, why: str) -> None:
    """Write down that a run failed; secrets that the error repeats are taken out."""
    doors = [os.environ.get(name, "") for name in DOORS]
    Runs(settings.home).failed(job, period, scrubbed(Credentials(delivery, os.environ).scrub(why), doors))


def _send_after(settings: Settings, delivery: Delivery) -> None:
    """Send at a run's end. What stands in the way is said, and is no error of the run."""
    try:
        with alone(settings, loads=False):
            _sent(settings, delivery)
    except (ClosebookError, OSError) as error:
        sys.stdout.write(f"  not delivered: {Credentials(delivery, os.environ).scrub(str(error))}\n")


def _sent(settings: Settings, delivery: Delivery) -> Sent:
    """Plan, put into the outbox, remember, send; in this order, so that a kill at any point loses and doubles nothing."""
    outbox, credentials = Outbox(settings.home), Credentials(delivery, os.environ)
    found = _planned(settings, delivery)
    outbox.put(found.drafts)
    outbox.remember(found.memory)
    for period, control in found.controls.items():
        storage.write_text(outbox.root / "proof" / f"{period}.csv", control.write_csv())
    company = _readable(settings.company)
    done = send(outbox, delivery, contacts(delivery, company), credentials, utc_now, certain=company is not None)
    days = [date.fromisoformat(one["as_of"]) for one in Shelf(settings.shelf, settings.manifests).all_manifests()]
    if days and (pruned := outbox.prune((max(days) - timedelta(days=delivery.keep_days)).isoformat())):
        say(f"outbox: {pruned} messages of more than {delivery.keep_days} days ago were cleared away")
    for line in found.proofs:
        say(line)
    out, ties = sys.stdout.write, [control for control in found.controls.values() if control.height]
    if ties or found.problems or done.problems or done.sent:
        out(f"\nDelivery   {done.sent} sent, {done.waiting} waiting\n")
    if ties:
        control = pl.concat(ties).filter(pl.col("statement") == "slices_add_up")
        tied = control.filter(pl.col("status") == "tied").height
        out(f"  {tied} of {control.height} sums of recipients' parts and the rest are the company's: {outbox.root / 'proof'}\n")
    for line in (*found.problems, *done.problems):
        sys.stdout.write(f"  {line}\n")
    return done


def _planned(settings: Settings, delivery: Delivery) -> Plan:
    outbox = Outbox(settings.home)
    company = _readable(settings.company)
    listing = settings.frames / "delivered" / "all.json"
    home = Home(
        folder=settings.home, delivery=delivery, company=company, company_name=settings.company.name,
        entries=Journal(settings.home).entries(), shelf=Shelf(settings.shelf, settings.manifests), runs=Runs(settings.home).all(),
        told=outbox.told(), load=_loader(settings.frames), delivered=json.loads(listing.read_text("utf-8")) if listing.is_file() else (),
    )  # fmt: skip
    return plan(home, outbox.memory())


def _loader(frames: Path) -> Callable[[str], pl.DataFrame]:
    def load(table: str) -> pl.DataFrame:
        return pl.read_parquet(frames / f"fact_{table}" / "all.parquet")

    return load


def _readable(folder: Path) -> Company | None:
    """The company, None while its folder is what made the run fail: then the failure is told without it."""
    try:
        return company_in(folder)
    except ConfigurationError:
        return None


def _sentence(error: BaseException) -> str:
    """What a run's error says; of one that is not meant for readers its kind too."""
    return str(error) if isinstance(error, ClosebookError) else f"{type(error).__name__}: {error}"
