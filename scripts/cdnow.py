#!/usr/bin/env python3
"""Turns the CDNOW purchase history into files for `customer-dynamics import`: see docs/walkthrough-cdnow.md.

    .venv/bin/python scripts/cdnow.py FOLDER [--master CDNOW_master.txt]

CDNOW sold CDs on the web. The data set has every purchase until June 1998 of the 23,570 customers whose first one was in
the first quarter of 1997 (Fader and Hardie, 2001). Without --master, the file that the `lifetimes` package ships is read.

Each customer is a client from the first second of the day of the first purchase, tagged with its month (`1997-01`). Each purchase is
two transactions: a refill of what it cost, since the customer paid, and a usage of the same amount at the same second,
since CDNOW delivered; so balances stay at zero, which is what a shop that sells for cash has. A purchase of zero dollars (a
gift, a coupon) is a usage of zero alone: a refill has to be positive. As nobody paid, it makes nobody active. The file has dates
without times; noon in UTC keeps the date in most time zones.
"""

import argparse
import csv
import hashlib
import importlib.util
import pathlib
import sys

SHA256 = "eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef"


def master_of_lifetimes() -> pathlib.Path:
    """Where the installed package keeps the file. The package is not imported: it would want numpy and more."""
    spec = importlib.util.find_spec("lifetimes")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("cdnow: the package lifetimes is not installed; run scripts/install and use .venv/bin/python")
    return pathlib.Path(spec.submodule_search_locations[0]) / "datasets" / "CDNOW_master.txt"


def purchases(master: pathlib.Path):
    """(customer, date as YYYY-MM-DD, dollars) in the order of the file, which has CR LF and columns of fixed width."""
    content = master.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        sys.exit(f"cdnow: {master} is not the known CDNOW_master.txt")
    for line in content.decode("ascii").splitlines()[1:]:
        if line.strip():
            customer, date, _, dollars = line.split()
            yield customer, f"{date[:4]}-{date[4:6]}-{date[6:]}", dollars


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="where to write clients.csv and transactions.csv")
    parser.add_argument("--master", type=pathlib.Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    first: dict[str, str] = {}
    count: dict[str, int] = {}
    with open(given.folder / "transactions.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "client_id", "at", "kind", "amount"])
        for customer, date, dollars in purchases(given.master or master_of_lifetimes()):
            first[customer] = min(first.get(customer, date), date)
            count[customer] = count.get(customer, 0) + 1
            purchase = f"{customer}-{count[customer]}"
            if float(dollars) > 0:
                rows.writerow([f"{purchase}-paid", customer, f"{date}T12:00:00Z", "refill", dollars])
            rows.writerow([f"{purchase}-sold", customer, f"{date}T12:00:00Z", "usage", dollars])
    with open(given.folder / "clients.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "name", "type", "tags", "currency", "created_at"])
        for customer, date in first.items():
            rows.writerow([customer, f"Customer {customer}", "client", date[:7], "USD", f"{date}T00:00:00Z"])
    print(f"{len(first):,} customers and {sum(count.values()):,} purchases in {given.folder}")


if __name__ == "__main__":
    main()
