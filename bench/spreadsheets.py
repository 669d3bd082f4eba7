#!/usr/bin/env python3
"""Time and memory of writing one report as a spreadsheet: `make bench-spreadsheets`.

A report of the demo ledger, day by day and by package, cut to so many rows, is written by the product, and the same cells with the same
formats by XlsxWriter and xlwt. Each writing is a process of its own; writing is timed within it, from the cells in memory to the finished
file, the best of several runs.
"""

import argparse
import csv
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from product import Product

ROOT = pathlib.Path(__file__).resolve().parent.parent
MONEY, QUANTITY, DATE = "#,##0.00", "#,##0", "yyyy-mm-dd"


def cells(source: str) -> tuple[list[str], list[bool], list[list]]:
    """Titles, which columns are money, and rows of a date, a name, and figures (None: an empty cell), from the product's own CSV. The total is
    left out."""
    with open(source, encoding="utf-8-sig", newline="") as file:
        titles, *lines = csv.reader(file)
    rows = [[datetime.date.fromisoformat(line[0]), line[1], *(float(text) if text else None for text in line[2:])] for line in lines[:-1]]
    return titles, [title.endswith("]") for title in titles], rows


def write_xlsxwriter(path: str, titles: list[str], is_money: list[bool], rows: list[list], constant_memory: bool):
    import xlsxwriter
    book = xlsxwriter.Workbook(path, {"constant_memory": constant_memory})
    sheet = book.add_worksheet("Customer Dynamics")
    date, money, quantity = (book.add_format({"num_format": code}) for code in (DATE, MONEY, QUANTITY))
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title)
    looks = [money if flag else quantity for flag in is_money]
    for index, row in enumerate(rows, 1):
        sheet.write_datetime(index, 0, row[0], date)
        sheet.write_string(index, 1, row[1])
        for column in range(2, len(row)):
            if row[column] is None:
                sheet.write_blank(index, column, None, looks[column])
            else:
                sheet.write_number(index, column, row[column], looks[column])
    book.close()


def write_xlwt(path: str, titles: list[str], is_money: list[bool], rows: list[list]):
    import xlwt
    book = xlwt.Workbook()
    sheet = book.add_sheet("Customer Dynamics")
    date, money, quantity = (xlwt.easyxf(num_format_str=code) for code in (DATE, MONEY, QUANTITY))
    for column, title in enumerate(titles):
        sheet.write(0, column, title)
    looks = [money if flag else quantity for flag in is_money]
    for index, row in enumerate(rows, 1):
        line = sheet.row(index)
        line.write(0, row[0], date)
        line.write(1, row[1])
        for column in range(2, len(row)):
            line.write(column, row[column], looks[column])
    book.save(path)


RIVALS = {
    "XlsxWriter": ("xlsx", lambda *given: write_xlsxwriter(*given, False)),
    "XlsxWriter, constant_memory": ("xlsx", lambda *given: write_xlsxwriter(*given, True)),
    "xlwt": ("xls", write_xlwt),
}


def rival(name: str, source: str, target: str):
    """Run as a process of its own: prints seconds and peak memory, of which the cells are a part."""
    table = cells(source)
    before = peak_memory()
    begin = time.perf_counter()
    cpu = time.process_time()
    RIVALS[name][1](target, *table)
    print(json.dumps({"seconds": time.perf_counter() - begin, "cpu_seconds": time.process_time() - cpu, "before": before,
                      "memory": peak_memory(), "size": pathlib.Path(target).stat().st_size}))


def peak_memory() -> int:
    """Of this process, in bytes."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def measure_rival(name: str, source: str, folder: str, runs: int) -> dict:
    target = f"{folder}/{name.split(',')[0]}.{RIVALS[name][0]}"
    found = []
    for _ in range(runs):
        process = subprocess.run([sys.executable, __file__, "--rival", name, source, target], check=True, capture_output=True)
        found.append(json.loads(process.stdout))
    return best(found)


def best(found: list[dict]) -> dict:
    return {key: min(run[key] for run in found) for key in found[0]}


def print_row(*row):
    print("| " + " | ".join(row) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/customer-dynamics"))
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "bench-data", help="where files and ledgers are kept")
    given = parser.parse_args()
    product = Product(given.binary)
    files, ledger = given.data / "files-spreadsheets", given.data / "ledger-spreadsheets"
    product.write_demo(files, 2000 if given.rows > 1000 else 50, "2025-12-31", years=6)
    product.first_import(files, ledger, "EUR")
    query = ["--from", "2019-01-01", "--to", "2025-12-31", "--group-by", "date,package"]
    with tempfile.TemporaryDirectory() as folder:
        source = f"{folder}/report.csv"
        output = product.run("bench-files", "--data", str(ledger), "--runs", str(given.runs), "--rows", str(given.rows),
                             "--folder", folder, *query).output
        figures = json.loads(output)
        count = len(cells(source)[2])
        print(f"{count:,} rows x 23 columns, best of {given.runs}.\n")
        print_row("written by", "file", "wall time", "CPU time", "ratio of CPU time", "memory beside the cells")
        print("|" + "---|" * 6)
        product_seconds = {}
        for kind, runs in sorted(figures.items()):
            found = best(runs)
            product_seconds[kind] = found["cpu_seconds"]
            show(f"the product, {kind}", found, "")
        for name in RIVALS:
            found = measure_rival(name, source, folder, given.runs)
            show(name, found, f"{found['cpu_seconds'] / product_seconds[RIVALS[name][0]]:.1f}")


def show(name: str, found: dict, ratio: str):
    print_row(name, f"{found['size'] / 1e6:.2f} MB", f"{found['seconds'] * 1000:,.0f} ms", f"{found['cpu_seconds'] * 1000:,.0f} ms",
              ratio, f"{(found['memory'] - found['before']) / 1e6:,.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rival"]:
        rival(*sys.argv[2:])
    else:
        main()
