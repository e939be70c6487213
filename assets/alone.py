"""One run at a time: in a home, and for a warehouse in PostgreSQL that several homes may load. A second one waits, then is refused.

Both locks go with the process that holds them, however it ends. The command takes them, and so does a run that Dagster started.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

from assets.progress import say
from assets.settings import Settings
from pipelines.errors import HomeBusy
from pipelines.publish.warehouse import Warehouse

_held: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())
"""Homes that the running command has for itself: the jobs that it runs in this process need not ask again."""
_LOOK_EVERY = 0.2


@contextlib.contextmanager
def alone(settings: Settings, tell: Callable[[str], object] = say, *, loads: bool = True) -> Iterator[None]:
    """Have the home of ``settings`` for oneself, and the warehouse when one ``loads``.

    While another run has them: ``tell`` of it once, wait ``settings.wait`` seconds at most, then raise ``HomeBusy``.
    """
    if settings.home in _held.get():
        yield
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context((settings.home / ".lock").open("a+"))
        _wait(lambda: _locked(lock.fileno()), settings, f"{settings.home}: another run is working in this home", tell)
        lock.truncate(0)
        lock.write(f"process {os.getpid()}\n")
        lock.flush()
        warehouse = Warehouse(settings.warehouse)
        if loads and not warehouse.is_sqlite:
            try_again = stack.enter_context(warehouse.run_lock())
            where = warehouse.url.render_as_string(hide_password=True)
            _wait(try_again, settings, f"{where}: a run of another home is working for this warehouse", tell)
        before = _held.get()
        _held.set(before | {settings.home})
        try:
            yield
        finally:
            _held.set(before)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(get: Callable[[], bool], settings: Settings, why: str, tell: Callable[[str], object]) -> None:
    """Until ``get`` has it."""
    if get():
        return
    if settings.wait:
        tell(f"{why}; waiting for it, {settings.wait:g} s at most")
    until = time.monotonic() + settings.wait
    while time.monotonic() < until:
        time.sleep(_LOOK_EVERY)
        if get():
            return
    raise HomeBusy(f"{why}. Wait until it has ended, then run again; --wait SECONDS waits longer. Nothing was changed.")
