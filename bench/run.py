#!/usr/bin/env python3
"""Measures import and reports of the product, and of its rivals on the same data, and compares results digit by digit.

    bench/run.py                      1 and 10 million transactions, median of 5 runs, all rivals
    bench/run.py --rivals duckdb      only this one beside the product
    bench/run.py --growth             3, 10, 30 and 100 million transactions, without rivals: 20 GB of disk
    bench/run.py --small              about 50,000 transactions, one run, DuckDB alone: quick enough for the tests

Prints Markdown tables, and a hash of each result. Exits with 1 when two results differ.
"""

import argparse
import datetime as dt
import json
import os
import pathlib
import platform
import shutil
import statistics
import sys
import tempfile

import changes
import cluster
import machine
import rivals
import settle
import tables
from product import Product
from rivals import RIVALS, Query

ROOT = pathlib.Path(__file__).resolve().parent.parent
YEARS = (dt.date(2023, 1, 1), dt.date(2025, 12, 31))
BASE_CURRENCY = "EUR"
THREADS = os.cpu_count() or 1
#: Transactions that a client of the demo has, on average over its three years.
PER_CLIENT = 195
#: The sizes that show how times grow.
GROWTH = [3_000_000, 10_000_000, 30_000_000, 100_000_000]
#: The rerated clients: one in so many.
RERATED = 100
#: Up to so many transactions, ids are measured as UUIDs, too.
UUIDS = 1_500_000
#: What a report without packages reads of the product's columns: a transaction's stamp and effect, and a client's columns.
BYTES_PER_TRANSACTION, BYTES_PER_CLIENT = 12, 40


def queries(owner: str, small: bool) -> dict[str, Query]:
    named = {
        "daily rows": Query(*YEARS, unit="date"),
        "monthly rows": Query(*YEARS, unit="month"),
        "total": Query(*YEARS),
        "monthly rows by package": Query(*YEARS, unit="month", by_package=True),
        "daily rows of one owner": Query(*YEARS, unit="date", owner=owner),
    }
    if small:
        named |= {
            "yearly rows by package of one owner": Query(
                *YEARS, unit="year", by_package=True, owner=owner, active_months=1),
            "daily rows by package, in UAH": Query(
                *YEARS, unit="date", by_package=True, currency="UAH", active_months=2),
            "monthly rows, Santiago, in USD": Query(
                *YEARS, unit="month", currency="USD", active_months=12, timezone="America/Santiago"),
            "total by package": Query(*YEARS, by_package=True),
        }
    return named


def options(query: Query) -> list[str]:
    """The same query for the command line."""
    arguments = ["--from", str(query.start), "--to", str(query.last), "--timezone", query.timezone,
                 "--active-months", str(query.active_months)]
    groups = [query.unit] * (query.unit is not None) + ["package"] * query.by_package
    if groups:
        arguments += ["--group-by", ",".join(groups)]
    if query.owner:
        arguments += ["--owner", query.owner]
    if query.currency:
        arguments += ["--currency", query.currency]
    return arguments


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def size(folder: pathlib.Path, pattern: str) -> int:
    return sum(file.stat().st_size for file in folder.glob(pattern))


def print_row(*cells: str):
    print("| " + " | ".join(cells) + " |", flush=True)


def print_header(*cells: str):
    print()
    print_row(*cells)
    print("|" + "---|" * len(cells))


class Bench:
    """One size of ledger."""

    def __init__(self, given: argparse.Namespace, product: Product, transactions: int, bandwidth: float):
        self.given, self.product, self.bandwidth = given, product, bandwidth
        self.files = given.data / f"files-{transactions}"
        self.ledger = given.data / f"ledger-{transactions}"
        clients = max(10, transactions // PER_CLIENT)
        product.write_demo(self.files, clients, str(YEARS[1]))
        self.count = tables.count_transactions(self.files)
        self.bytes_read = self.count * BYTES_PER_TRANSACTION + clients * BYTES_PER_CLIENT
        fitting = [name for name in RIVALS if self.count <= RIVALS[name].transactions]
        self.rivals = given.rivals or ([] if given.growth else fitting)
        self.compared = 0
        self.is_equal = True

    def run(self):
        print(f"\n### {self.count:,} transactions\n")
        self.imports()
        owner, share = tables.owner_of_share(self.files, 0.05)
        print(f"- The one owner has {share:.1%} of the clients.")
        named = queries(owner, self.given.small)
        self.medians, results = self.reports(named)
        if self.rivals:
            self.compare(named, self.medians, results)
        if not self.given.growth:
            self.cluster(named, results)
        print()
        self.refresh()
        if self.count <= UUIDS:
            self.uuids()

    def imports(self):
        done = [self.product.first_import(self.files, self.ledger, BASE_CURRENCY) for _ in range(min(self.given.runs, 3))]
        seconds = statistics.median(process.seconds for process in done)
        cpu = statistics.median(process.cpu_seconds for process in done)
        building = self.product.report(self.ledger, options(Query(*YEARS)))
        print(f"- First import: {seconds:.2f} s (CPU {cpu:.2f} s), {self.count / seconds:,.0f} transactions/s, peak memory "
              f"{megabytes(max(process.memory for process in done))}.")
        print(f"- The first report, which builds the columns: {building.seconds:.2f} s, {megabytes(building.memory)}.")
        print(f"- On disk, bytes a transaction: ledger {size(self.ledger, 'ledger.sqlite*') / self.count:.1f}, "
              f"columns {size(self.ledger, 'ledger.columns') / self.count:.1f}.")
        if "duckdb" in self.rivals:
            seconds, memory, stored = rivals.measure_import(self.files, THREADS)
            print("- DuckDB imports transactions.csv alone, into a table on the disk with a primary key on the id: "
                  f"{seconds:.2f} s, {self.count / seconds:,.0f} transactions/s, peak memory {megabytes(memory)}, "
                  f"{stored / self.count:.1f} bytes a transaction.")

    def reports(self, named: dict[str, Query]) -> tuple[dict, dict]:
        """Prints the product's figures; the medians in a loaded process, and the results."""
        print_header("report", "rows", "in a loaded process", "ns a transaction", "memory read, of the bandwidth",
                     "whole process", "its CPU time", "its peak memory", "beside the mapped file", "result")
        medians, results = {}, {}
        for name, query in named.items():
            whole = [self.product.report(self.ledger, options(query)) for _ in range(self.given.runs)]
            rows, total = settle.comparable(json.loads(whole[-1].output), query.unit, query.by_package)
            loaded, memory = self.product.engine(self.ledger, options(query), self.given.runs)
            median = statistics.median(loaded)
            # A filter leaves out what it leaves out, and packages read more.
            rate = self.bytes_read / median if median and not query.owner and not query.by_package else None
            print_row(
                name, f"{len(rows):,}", milliseconds(median) if median else "",
                f"{median / self.count * 1e9:.2f}" if median and not query.owner else "",
                f"{rate / 1e9:.1f} GB/s, {rate / self.bandwidth:.0%}" if rate else "",
                milliseconds(statistics.median(process.seconds for process in whole)),
                milliseconds(statistics.median(process.cpu_seconds for process in whole)),
                megabytes(max(process.memory for process in whole)), megabytes(memory), f"`{settle.fingerprint(rows, total)}`")
            medians[name], results[name] = median, (rows, total)
        return medians, results

    def cluster(self, named: dict[str, Query], results: dict):
        """The same reports by the product on three shards of ClickHouse, which share this machine."""
        if not shutil.which("clickhouse-server"):
            print("\n- The product on a cluster is left out: clickhouse-server is not installed.")
            return
        with tempfile.TemporaryDirectory() as folder:
            shards, data = cluster.Shards(folder, 3), ["--data", folder + "/none"]
            try:
                seconds = shards.fill(str(self.files), data)
                print(f"\n- The product on 3 shards of ClickHouse, which share this machine: first import {seconds:.1f} s.")
                print_header("report", "whole command", "CPU time of each shard", "bytes to our process")
                for name, query in named.items():
                    before, received = shards.cpu_seconds(), shards.front.returned
                    output, seconds = cluster.run("report", *options(query), "--format", "json", *data, environment=shards.settings)
                    cpu = [after - one for one, after in zip(before, shards.cpu_seconds())]
                    print_row(name, f"{seconds:.2f} s", ", ".join(f"{one:.2f} s" for one in cpu), f"{shards.front.returned - received:,}")
                    self.compared += 1
                    if different := settle.difference(*results[name], *settle.comparable(json.loads(output), query.unit, query.by_package)):
                        self.is_equal = False
                        print(f"bench: {name}: the cluster has {different}", file=sys.stderr)
            finally:
                shards.stop()
        print()

    def refresh(self):
        """An import that rerates some clients, and how soon reports tell. The ledger is another one afterwards."""
        clients, charges = changes.write_rerating(self.files, self.given.data / "rerating", RERATED)
        rerating = self.product.run("import", "--data", str(self.ledger), str(self.given.data / "rerating"))
        asked = options(Query(*YEARS, unit="date"))
        first = self.product.report(self.ledger, asked)
        second = self.product.report(self.ledger, asked)
        for file in self.ledger.glob("ledger.columns"):
            file.unlink()
        self.compared += 1
        if not first.output == second.output == self.product.report(self.ledger, asked).output:
            self.is_equal = False
            print("bench: after the rerating, the changed columns and those built anew tell different things", file=sys.stderr)
        print(f"- Rerating: an import of {charges:,} corrected charges of {clients:,} clients took {rerating.seconds:.2f} s. After its "
              f"commit, the first report took {first.seconds:.2f} s, the one after {second.seconds:.2f} s (daily rows, whole process).")

    def uuids(self):
        """What a transaction takes when its id is a UUID."""
        files, ledger = self.given.data / "files-uuids", self.given.data / "ledger-uuids"
        changes.write_with_uuids(self.files, files)
        process = self.product.first_import(files, ledger, BASE_CURRENCY)
        self.product.report(ledger, options(Query(*YEARS)))
        print(f"- With UUIDs as ids of transactions: first import {process.seconds:.2f} s, bytes a transaction: ledger "
              f"{size(ledger, 'ledger.sqlite*') / self.count:.1f}, columns {size(ledger, 'ledger.columns') / self.count:.1f}.")

    def compare(self, named: dict[str, Query], medians: dict, results: dict):
        """Measures the rivals, and prints their figures beside the product's."""
        typed = tables.write_tables(self.files)
        measured = {}
        for rival in self.rivals:
            limits = RIVALS[rival]
            asked = {name: query for name, query in named.items() if limits.by_package or not query.by_package}
            runs = min(self.given.runs, limits.runs or self.given.runs)
            measured[rival] = rivals.measure(rival, typed.folder, BASE_CURRENCY, THREADS, asked, runs)
            for name, theirs in measured[rival].results.items():
                different = settle.difference(*results[name], theirs.rows, theirs.total)
                self.compared += 1
                if different:
                    self.is_equal = False
                    print(f"bench: {name}: {limits.title} has {different}", file=sys.stderr)
        print_header("report", "the product", *(
            cell for rival in self.rivals for cell in (f"{RIVALS[rival].title}, its CPU time", "ratio")))
        for name in named:
            cells = []
            for rival in self.rivals:
                result = measured[rival].results.get(name)
                median = statistics.median(result.seconds) if result else None
                cpu = statistics.median(result.cpu_seconds) if result else None
                cells += [f"{milliseconds(median)}, {milliseconds(cpu)}" if result else "",
                          f"{median / medians[name]:,.1f}" if result and medians[name] else ""]
            print_row(name, milliseconds(medians[name]) if medians[name] else "", *cells)
        print()
        for rival, figures in measured.items():
            stored = f", {figures.size / self.count:.1f} bytes a transaction" if figures.size else ""
            print(f"- {RIVALS[rival].title} {figures.version}: loaded in {figures.load_seconds:.2f} s, peak memory "
                  f"{megabytes(figures.memory)}{stored}.", flush=True)


def print_growth(benches: list[Bench]):
    """Nanoseconds a transaction by size of the ledger."""
    print("\n### Growth\n\nNanoseconds a transaction, in a loaded process.")
    print_header("report", *(f"{bench.count:,}" for bench in benches), "largest by smallest ledger")
    for name in benches[0].medians:
        times = [bench.medians[name] / bench.count * 1e9 for bench in benches]
        print_row(name, *(f"{time:.2f}" for time in times), f"{times[-1] / times[0]:.2f}")


def rival_names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in RIVALS:
            raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(RIVALS)}")
    return list(dict.fromkeys(names))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, nargs="+", default=[1_000_000, 10_000_000], help="about so many")
    parser.add_argument("--runs", type=int, default=5, help="the median of so many is shown")
    parser.add_argument("--rivals", type=rival_names, metavar="NAME,...",
                        help=f"of {', '.join(RIVALS)}; the default is all, each up to its limit in bench/rivals.py, which "
                        "does not hold for those named here")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--binary", default=str(ROOT / ".build/release/customer-dynamics"))
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "bench-data", help="where files and ledgers are kept")
    given = parser.parse_args()
    if given.small:
        given.transactions, given.runs, given.rivals = [50_000], 1, given.rivals or ["duckdb"]
    if given.growth:
        given.transactions = GROWTH
    for name in given.rivals or ([] if given.growth else RIVALS):
        if missing := rivals.missing(name):
            parser.error(f"{name} needs the Python package {', '.join(missing)}, which 'scripts/install bench' installs "
                         "into .venv; --rivals chooses others")
    bandwidth = machine.read_bandwidth(THREADS)
    print(f"{THREADS} cores, {platform.system()} {platform.machine()}, memory read at {bandwidth / 1e9:.1f} GB/s, "
          f"median of {given.runs}.")
    product = Product(given.binary)
    benches = []
    for count in given.transactions:
        benches.append(Bench(given, product, count, bandwidth))
        benches[-1].run()
    if len(benches) > 1:
        print_growth(benches)
    is_equal = all(bench.is_equal for bench in benches)
    if any(bench.compared for bench in benches):
        print("\nAll results are equal to the last digit." if is_equal else "\nRESULTS DIFFER.")
    sys.exit(0 if is_equal else 1)


if __name__ == "__main__":
    main()
