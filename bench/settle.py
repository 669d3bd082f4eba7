"""From a rival's exact sums to the rows and the total of the JSON report, and how two results compare."""

import hashlib
import json

from plan import Plan, decimal
from tables import Tables

MEASURES = (
    "active_qty active_balance_pos active_balance_neg active_balance overall_active_qty overall_active_balance_pos "
    "overall_active_balance_neg overall_active_balance all_qty all_balance_pos all_balance_neg all_balance refill_qty "
    "refill_total refill_avg payg_total payg_active_avg activation_qty activation_total renew_qty renew_total"
).split()


def rows(tables: Tables, plan: Plan, sums: list[tuple], unit: str | None, by_package: bool) -> list[dict]:
    """The report's rows. `sums` has a tuple for each bucket, or bucket and package: both, then what `measures` takes."""
    found = []
    for bucket, *values in sums:
        if not plan.shown[bucket]:
            continue
        key = {unit: plan.labels[bucket]} if unit else {}
        order: tuple = (bucket,)
        if by_package:
            package = values.pop(0)
            id, name = tables.packages.get(package, (None, None))
            key |= {"package": name, "package_id": id}
            order = (bucket, id is None, (name or "").encode(), (id or "").encode())
            if not any(values):
                continue
        found.append((order, key | measures(values)))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def total(sums: list[tuple]) -> dict:
    """Without packages: the last evaluation instant is the total's, and the flows add up."""
    stocks = sums[-1][1:10]
    flows = [sum(row[column] or 0 for row in sums) for column in range(10, 17)]
    return measures([*stocks, *flows])


def measures(values) -> dict:
    """The 21 measures from exact sums in 10^-18: three groups of (quantity, positive balances, all balances), then refills
    (quantity, sum), usage (sum), activations and renewals (quantity and sum each). None stands for 0."""
    values = [int(value or 0) for value in values]
    named = {}
    for group, (qty, positive, balance) in zip(
            ("active", "overall_active", "all"), (values[0:3], values[3:6], values[6:9])):
        named |= {f"{group}_qty": qty, f"{group}_balance_pos": decimal(positive),
                  f"{group}_balance_neg": decimal(balance - positive), f"{group}_balance": decimal(balance)}
    refill_qty, refill, payg, activation_qty, activation, renew_qty, renew = values[9:16]
    named |= {
        "refill_qty": refill_qty, "refill_total": decimal(refill),
        "refill_avg": decimal(refill, refill_qty) if refill_qty else None, "payg_total": decimal(payg),
        "payg_active_avg": decimal(payg, values[0]) if values[0] else None, "activation_qty": activation_qty,
        "activation_total": decimal(activation), "renew_qty": renew_qty, "renew_total": decimal(renew)}
    return {name: named[name] for name in MEASURES}


def comparable(report: dict, unit: str | None, by_package: bool) -> tuple[list[dict], dict]:
    """Rows and total of a JSON report, with the names that `rows` and `total` have, in their order."""
    names = [unit] * (unit is not None) + ["package", "package_id"] * by_package
    return ([{name: row[name] for name in [*names, *MEASURES]} for row in report["rows"]],
            {name: report["total"][name] for name in MEASURES})


def fingerprint(rows: list[dict], total: dict) -> str:
    return hashlib.sha256(json.dumps([rows, total], ensure_ascii=False).encode()).hexdigest()[:16]


def difference(rows: list[dict], total: dict, their_rows: list[dict], their_total: dict) -> str | None:
    """Where the product's rows and total first differ from a rival's; None: nowhere."""
    if len(rows) != len(their_rows):
        return f"{len(their_rows)} rows, where the product has {len(rows)}"
    for ours, theirs in [*zip(rows, their_rows), (total, their_total)]:
        for name in theirs:
            if ours[name] != theirs[name]:
                return f"{json.dumps(theirs, ensure_ascii=False)}, where the product's {name} is {ours[name]}"
    return None
