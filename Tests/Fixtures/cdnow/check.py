#!/usr/bin/env python3
"""Compares a report on the CDNOW history with figures computed here from the purchases themselves.

    customer-dynamics report --data D --from 1997-01-01 --to 1998-06-30 --group-by month --format json | check.py [TAG]

With TAG (`1997-01`, ...) only customers whose first purchase was in that month count, as with `report --tag`. Shares nothing with
the product, nor with scripts/cdnow.py but the file's format. Prints every figure that differs, and exits with 1 if one does.
"""

import calendar
import datetime as dt
import json
import pathlib
import sys
from decimal import ROUND_HALF_EVEN, Decimal

import importlib.util

LAST = dt.datetime(1998, 6, 30, 12, 15)  # The data end with purchases at noon; a quarter of an hour is the finest step.
ACTIVE_MONTHS = 3


def purchases():
    folder = importlib.util.find_spec("lifetimes").submodule_search_locations[0]
    lines = (pathlib.Path(folder) / "datasets" / "CDNOW_master.txt").read_text("ascii").splitlines()[1:]
    for fields in filter(None, map(str.split, lines)):
        yield fields[0], dt.datetime.strptime(fields[1], "%Y%m%d").replace(hour=12), Decimal(fields[3])


def earlier(when, months):
    year, month = divmod(when.year * 12 + when.month - 1 - months, 12)
    return when.replace(year=year, month=month + 1, day=min(when.day, calendar.monthrange(year, month + 1)[1]))


def money(value):
    return str(Decimal(value).quantize(Decimal("0.000001"), ROUND_HALF_EVEN))


def expected(bought, first, start, end):
    """The figures of a row; `end` is its evaluation instant."""
    in_row = [dollars for _, when, dollars in bought if start <= when < end]
    paid = [dollars for dollars in in_row if dollars > 0]
    since = earlier(end, ACTIVE_MONTHS)
    active = {who for who, when, dollars in bought if since <= when < end and dollars > 0}
    ever = {who for who, when, dollars in bought if when < end and dollars > 0}
    row = {
        "active_qty": len(active),
        "overall_active_qty": len(ever),
        "all_qty": sum(day.replace(hour=0) < end for day in first.values()),
        "refill_qty": len(paid),
        "refill_total": money(sum(paid)),
        "refill_avg": money(sum(paid) / len(paid)) if paid else None,
        "payg_total": money(sum(in_row)),
        "payg_active_avg": money(sum(in_row) / len(active)) if active else None,
    }
    none = ["activation_qty", "renew_qty"]
    nothing = ["activation_total", "renew_total"] + [
        f"{group}_balance{part}" for group in ("active", "overall_active", "all") for part in ("", "_pos", "_neg")]
    return row | dict.fromkeys(none, 0) | dict.fromkeys(nothing, "0.000000")


def main():
    report = json.load(sys.stdin)
    bought = list(purchases())
    first = {}
    for who, when, _ in bought:
        first[who] = min(first.get(who, when), when)
    if len(sys.argv) > 1:
        first = {who: when for who, when in first.items() if f"{when:%Y-%m}" == sys.argv[1]}
        bought = [purchase for purchase in bought if purchase[0] in first]
    limits = [dt.datetime(1997 + month // 12, month % 12 + 1, 1) for month in range(19)]
    rows = [(f"{start:%Y-%m}", start, min(end, LAST)) for start, end in zip(limits, limits[1:])]
    wrong = []
    if [row["month"] for row in report["rows"]] != [label for label, _, _ in rows]:
        wrong.append("other months")
    found = [*report["rows"], report["total"]]
    for row, (label, start, end) in zip(found, [*rows, ("total", limits[0], LAST)]):
        figures = expected(bought, first, start, end)
        assert set(row) - {"month"} == set(figures), "every measure is checked"
        wrong += [f"{label} {name}: {row[name]}, but it is {figures[name]}" for name in figures if row[name] != figures[name]]
    print("\n".join(wrong) or f"{len(found)} rows, {len(found) * len(figures)} figures: all as expected")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
