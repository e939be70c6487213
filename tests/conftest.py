"""What tests of several rooms share."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is.
settings.register_profile("closebook", deadline=None)
settings.load_profile("closebook")

LONGEST = ("test_kills.py", "test_year.py", "test_demo_truth.py", "test_alone.py", "test_real_companies.py", "test_at_once.py", "test_bridge.py",
           "test_closing.py", "test_tutorial.py", "test_any_order.py", "test_delivery.py", "test_bad_input.py")  # fmt: skip
"""Files that take more than a minute begin first, so that both processes end together: ``make test`` gives files out in this order."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--demo-scale", type=float, help="tests of the demo's truth: a full company of this scale (1 is about 100,000 lines)")
    parser.addoption("--demo-seeds", default="20261001,7,424242", help="tests of the demo's truth: seeds, with commas")
    parser.addoption("--kills", type=int, default=20, help="tests of kills: how many, on each database")
    parser.addoption("--kill-seed", default="20261001", help="tests of kills: what the moments are drawn with")
    parser.addoption("--every-publication", action="store_true", help="the story of a year: compute every publication again, not only restated ones")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "demo_seed" in metafunc.fixturenames:
        seeds = [int(seed) for seed in metafunc.config.getoption("--demo-seeds").split(",")]
        metafunc.parametrize("demo_seed", seeds, scope="module")


def postgres_bin() -> Path | None:
    """The folder of PostgreSQL's programs."""
    if found := shutil.which("pg_ctl"):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name.split(".")[0]))
    if folders:
        return folders[-1]
    if config := shutil.which("pg_config"):
        return Path(subprocess.run([config, "--bindir"], check=True, capture_output=True, text=True).stdout.strip())
    return None


def missing(what: str) -> None:
    """Skip the test for want of ``what``; in CI it must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true")
    pytest.skip(what)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a PostgreSQL started for this test session on the loopback, empty, stopped at its end."""
    binaries = postgres_bin()
    if binaries is None or not (binaries / "initdb").exists():
        missing("PostgreSQL is not installed")
        raise AssertionError
    # The server refuses to run as root, and then needs a folder that its own user can reach.
    root = os.geteuid() == 0
    if root and shutil.which("runuser") is None:
        missing("PostgreSQL does not run as root and there is no runuser")
    folder = Path(tempfile.mkdtemp(prefix="closebook-pg-", dir="/tmp"))
    if root:
        shutil.chown(folder, "postgres", "postgres")
    prefix = ["runuser", "-u", "postgres", "--"] if root else []

    def run(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, capture_output=True, cwd=folder, timeout=120)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    try:
        run(str(binaries / "initdb"), "-D", data, "-U", "closebook", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run(str(binaries / "pg_ctl"), "-D", data, "-w", "-t", "60", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://closebook:s3cret@127.0.0.1:{port}/postgres"
        finally:
            run(str(binaries / "pg_ctl"), "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
