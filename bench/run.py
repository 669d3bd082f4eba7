#!/usr/bin/env python3
"""Measures import and reports of the product, and DuckDB on the same data, and compares their results digit by digit.

    bench/run.py                  1 and 10 million transactions, median of 5 runs
    bench/run.py --small          about 50,000 transactions, one run: quick enough for the tests

Prints Markdown tables, and a hash of each result. Exits with 1 when two results differ.
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import pathlib
import platform
import statistics
import sys

import duckdb

from product import Product
from rival import Rival

ROOT = pathlib.Path(__file__).resolve().parent.parent
YEARS = (dt.date(2023, 1, 1), dt.date(2025, 12, 31))
BASE_CURRENCY = "EUR"
#: Transactions that a client of the demo has, on average over its three years.
PER_CLIENT = 195


def queries(owner: str, small: bool):
    """Name, and the arguments of `Rival.report`."""
    yield "daily rows", dict(unit="date")
    yield "monthly rows", dict(unit="month")
    yield "monthly rows by package", dict(unit="month", by_package=True)
    yield "daily rows of one owner", dict(unit="date", owner=owner)
    if small:
        yield "yearly rows by package of one owner", dict(unit="year", by_package=True, owner=owner, active_months=1)
        yield "daily rows by package, in UAH", dict(unit="date", by_package=True, currency="UAH", active_months=2)
        yield "monthly rows, Santiago, in USD", dict(
            unit="month", currency="USD", active_months=12, timezone="America/Santiago")
        yield "one row by package", dict(unit=None, by_package=True)


def options(unit=None, by_package=False, owner=None, currency=None, active_months=3, timezone="Europe/Kyiv"):
    """The same query for the command line."""
    arguments = ["--from", str(YEARS[0]), "--to", str(YEARS[1]), "--timezone", timezone,
                 "--active-months", str(active_months)]
    groups = [unit] * (unit is not None) + ["package"] * by_package
    if groups:
        arguments += ["--group-by", ",".join(groups)]
    if owner:
        arguments += ["--owner", owner]
    if currency:
        arguments += ["--currency", currency]
    return arguments


def fingerprint(rows, total) -> str:
    return hashlib.sha256(json.dumps([rows, total], ensure_ascii=False).encode()).hexdigest()[:16]


def milliseconds(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:,.1f} ms"


def difference(ours: dict, theirs: list, total: dict) -> str | None:
    """Where two results differ first; None: nowhere."""
    if len(ours["rows"]) != len(theirs):
        return f"{len(ours['rows'])} rows and {len(theirs)} rows"
    for a, b in [*zip(ours["rows"], theirs), (ours["total"], total)]:
        for name in b:
            if a.get(name) != b[name]:
                return f"{json.dumps(b, ensure_ascii=False)}: {name} is {a.get(name)}"
    return None


def size(folder: pathlib.Path, pattern: str) -> int:
    return sum(file.stat().st_size for file in folder.glob(pattern))


def measure(product: Product, transactions: int, runs: int, data: pathlib.Path, small: bool) -> bool:
    files = data / f"files-{transactions}"
    product.write_demo(files, max(10, transactions // PER_CLIENT), str(YEARS[1]))
    ledger = data / f"ledger-{transactions}"
    imports = [product.first_import(files, ledger, BASE_CURRENCY) for _ in range(min(runs, 3))]
    import_seconds = statistics.median(seconds for seconds, _ in imports)
    building_seconds, building_memory, _ = product.report(ledger, options())

    rival = Rival(str(files), BASE_CURRENCY, threads=os.cpu_count() or 1)
    count = rival.transactions()
    print(f"\n### {count:,} transactions\n")
    print(f"First import: {import_seconds:.2f} s, {count / import_seconds:,.0f} transactions/s, "
          f"peak memory {max(memory for _, memory in imports) / 1e6:,.0f} MB. The first report, which builds the columns: "
          f"{building_seconds:.2f} s, {building_memory / 1e6:,.0f} MB. On disk, bytes a transaction: "
          f"ledger {size(ledger, 'ledger.sqlite*') / count:.1f}, columns {size(ledger, 'ledger.columns') / count:.1f}. "
          f"DuckDB loads the same files into memory in {rival.load_seconds:.2f} s.\n")
    owner, share = rival.owner_of_share(0.05)
    print(f"The one owner has {share:.1%} of the clients.\n")
    print("| report | rows | report in a loaded process | whole process | its peak memory | DuckDB | result |")
    print("|---|---|---|---|---|---|---|")
    is_equal = True
    for name, query in queries(owner, small):
        arguments = options(**query)
        theirs, total, rival_seconds = rival.report(*YEARS, **{"timezone": "Europe/Kyiv", **query}, runs=runs)
        whole = [product.report(ledger, arguments) for _ in range(runs)]
        ours = whole[-1][2]
        print(f"| {name} | {len(theirs):,} | {milliseconds(product.engine_seconds(ledger, arguments, runs))} "
              f"| {milliseconds([seconds for seconds, _, _ in whole])} "
              f"| {max(memory for _, memory, _ in whole) / 1e6:,.0f} MB | {milliseconds(rival_seconds)} "
              f"| `{fingerprint(theirs, total)}` |", flush=True)
        different = difference(ours, theirs, total)
        if different:
            is_equal = False
            print(f"bench: {name}: DuckDB has {different} here", file=sys.stderr)
    return is_equal


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, nargs="+", default=[1_000_000, 10_000_000], help="about so many")
    parser.add_argument("--runs", type=int, default=5, help="the median of so many is shown")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--binary", default=str(ROOT / ".build/release/customer-dynamics"))
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "bench-data", help="where files and ledgers are kept")
    given = parser.parse_args()
    if given.small:
        given.transactions, given.runs = [50_000], 1
    print(f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, DuckDB {duckdb.__version__}, "
          f"median of {given.runs}.")
    product = Product(given.binary)
    outcomes = [measure(product, count, given.runs, given.data, given.small) for count in given.transactions]
    print("\nAll results are equal to the last digit." if all(outcomes) else "\nRESULTS DIFFER.")
    sys.exit(0 if all(outcomes) else 1)


if __name__ == "__main__":
    main()
