"""The rivals, and how one of them is measured.

A rival is a module `rival_NAME` with a class `Rival`:

    version                     text
    Rival(tables, threads)      loads the tables of tables.py, as favourably for its reports as it can
    prepare(calendar)           loads a query's calendar and rates; not timed (the product's plan is)
    report(plan, query)         the sums that settle.py takes, in the order of the buckets; timed
    size()                      bytes of the transactions' table where it can tell, else None

Each runs in a process of its own, one after the other, so that they don't share memory, threads or allocators.
"""

import concurrent.futures
import dataclasses
import datetime as dt
import importlib
import importlib.util
import multiprocessing
import pathlib
import sys
import tempfile
import time

import settle
from plan import Plan, Rates
from tables import Tables


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a rival is asked for unless it is named on the command line."""
    title: str
    #: Modules it needs.
    needs: tuple[str, ...]
    #: The largest ledger: above it, memory (24 GB) or patience end.
    transactions: int
    #: At most so many runs of each report.
    runs: int | None = None
    #: Whether it has a formulation of package rows.
    by_package: bool = False


RIVALS = {
    "duckdb": Limits("DuckDB", ("duckdb",), 40_000_000, by_package=True),
    "clickhouse": Limits("ClickHouse", ("chdb",), 40_000_000),
    "polars": Limits("polars", ("polars",), 40_000_000),
    "sqlite": Limits("SQLite", ("sqlite3",), 1_500_000, runs=1),
}


def missing(name: str) -> list[str]:
    return [module for module in RIVALS[name].needs if importlib.util.find_spec(module) is None]


@dataclasses.dataclass(frozen=True)
class Query:
    """A report, over local dates from `start` to `last`."""
    start: dt.date
    last: dt.date
    unit: str | None = None
    by_package: bool = False
    owner: str | None = None
    currency: str | None = None
    active_months: int = 3
    timezone: str = "Europe/Kyiv"

    @property
    def without_groups(self) -> "Query":
        return dataclasses.replace(self, unit=None, by_package=False)


class Calendar:
    """What a rival needs to know of a query's time and rates, as small tables.

    ticks: (tick, first, flow, until): the first bucket whose evaluation instant is after the tick; the bucket that its flows belong
      to (None outside the period); the first bucket in which a paid use there no longer makes active. Every tick that occurs in
      the ledger, without gaps.
    stock_rates: (bucket, currency, rate), flow_rates: (day, currency, rate): cross rates in 10^-12; day = tick // 96.
    """

    def __init__(self, tables: Tables, rates: Rates, plan: Plan, currency: str):
        self.ticks = list(plan.ticks(tables.first, max(tables.last, tables.through)))
        self.stock_rates = list(plan.stock_rates(rates, tables.currencies, currency))
        self.flow_rates = list(plan.flow_rates(rates, tables.currencies, currency))


@dataclasses.dataclass
class Result:
    rows: list[dict]
    total: dict
    #: One for each run: wall time, and processor time of all threads.
    seconds: list[float]
    cpu_seconds: list[float]


@dataclasses.dataclass
class Measured:
    version: str
    load_seconds: float
    size: int | None
    #: The process's peak in bytes, loading included.
    memory: int
    results: dict[str, Result]


def measure(name: str, folder: pathlib.Path, base_currency: str, threads: int, queries: dict[str, Query],
            runs: int) -> Measured:
    """Loads a rival and runs all queries that it can, in a new process."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(measure_here, name, folder, base_currency, threads, queries, runs).result()


def measure_import(files: pathlib.Path, threads: int) -> tuple[float, int, int]:
    """Seconds, peak memory and bytes on the disk of DuckDB's import of the transactions into a table with a primary key."""
    with tempfile.TemporaryDirectory(dir=files) as folder:
        database = pathlib.Path(folder) / "transactions.duckdb"
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            seconds, memory = process.submit(import_here, files, database, threads).result()
        return seconds, memory, database.stat().st_size


def import_here(files: pathlib.Path, database: pathlib.Path, threads: int) -> tuple[float, int]:
    rival = importlib.import_module("rival_duckdb")
    begin = time.perf_counter()
    rival.import_transactions(files, database, threads)
    return time.perf_counter() - begin, peak_memory()


def measure_here(name: str, folder: pathlib.Path, base_currency: str, threads: int, queries: dict[str, Query],
                 runs: int) -> Measured:
    tables = Tables(folder)
    rates = Rates(base_currency, [(code, dt.date.fromisoformat(date), rate) for code, date, rate in tables.rates])
    begin = time.perf_counter()
    rival = importlib.import_module(f"rival_{name}").Rival(tables, threads)
    load_seconds = time.perf_counter() - begin
    results = {}
    for title, query in queries.items():
        plan, sums, seconds, cpu_seconds = run(rival, tables, rates, query, runs)
        rows = settle.rows(tables, plan, sums, query.unit, query.by_package)
        if query.by_package:
            # Clients with two packages are in two rows: the total is a report of its own, with one bucket.
            _, sums, more, more_cpu = run(rival, tables, rates, query.without_groups, runs)
            seconds = [a + b for a, b in zip(seconds, more)]
            cpu_seconds = [a + b for a, b in zip(cpu_seconds, more_cpu)]
        results[title] = Result(rows, settle.total(sums), seconds, cpu_seconds)
    return Measured(rival.version, load_seconds, rival.size(), peak_memory(), results)


def run(rival, tables: Tables, rates: Rates, query: Query, runs: int):
    plan = Plan(query.start, query.last, query.timezone, query.unit, query.active_months, tables.first, tables.through)
    rival.prepare(Calendar(tables, rates, plan, query.currency or rates.base))
    seconds, cpu_seconds = [], []
    for _ in range(runs):
        begin, cpu_begin = time.perf_counter(), time.process_time()
        sums = rival.report(plan, query)
        seconds.append(time.perf_counter() - begin)
        cpu_seconds.append(time.process_time() - cpu_begin)
    return plan, sums, seconds, cpu_seconds


def peak_memory() -> int:
    """Not `ru_maxrss`, which counts what the starting process had in memory as this one's."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    sys.exit("bench: the kernel does not tell the peak memory")
