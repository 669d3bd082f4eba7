"""DuckDB on the same import files: loads them, and runs the same reports with the SQL in bench/sql."""

import pathlib
import time

import duckdb

from plan import EPOCH, Plan, Rates, decimal, utc_ordinal

SQL = pathlib.Path(__file__).parent / "sql"
MEASURES = (
    "active_qty active_balance_pos active_balance_neg active_balance overall_active_qty overall_active_balance_pos "
    "overall_active_balance_neg overall_active_balance all_qty all_balance_pos all_balance_neg all_balance refill_qty "
    "refill_total refill_avg payg_total payg_active_avg activation_qty activation_total renew_qty renew_total"
).split()


class Rival:
    """The ledger in DuckDB's memory."""

    def __init__(self, folder: str, base_currency: str, threads: int):
        self.db = duckdb.connect(config={"threads": threads})
        self.db.execute("SET TimeZone = 'UTC'")
        begin = time.perf_counter()
        self.db.execute((SQL / "load.sql").read_text().format(folder=folder))
        self.load_seconds = time.perf_counter() - begin
        rates = self.db.execute("SELECT currency, effective_on, (rate * 1000000000000)::BIGINT FROM rates").fetchall()
        self.rates = Rates(base_currency, rates)
        self.base_currency = base_currency
        self.currencies = self.db.execute("SELECT id, code FROM currencies").fetchall()
        self.packages = dict(
            (id, (key, name)) for id, key, name in self.db.execute("SELECT id, key, name FROM packages").fetchall())
        low, high = self.one("SELECT min(tick), max(tick) FROM (SELECT tick FROM events UNION ALL SELECT created FROM clients)")
        self.first, self.through = low * 900 + EPOCH, (high + 1) * 900 + EPOCH
        # Closings and ends of subscriptions may lie after the last transaction.
        self.last = self.one(
            "SELECT greatest((SELECT max(second) FROM events), (SELECT max(greatest(created, closed)) * 900 + 631152000 "
            "FROM clients), (SELECT max(greatest(started, ended)) FROM subscriptions))")[0]

    def one(self, sql: str):
        return self.db.execute(sql).fetchone()

    def transactions(self) -> int:
        return self.one("SELECT count(*) FROM events")[0]

    def owner_of_share(self, share: float) -> tuple[str, float]:
        """The reseller whose clients, direct and through others, are closest to `share` of all; and their share."""
        clients = self.one("SELECT count(*) FROM clients")[0]
        return self.db.execute(
            "WITH RECURSIVE below(owner, client) AS (SELECT owner, id FROM clients WHERE owner IS NOT NULL UNION ALL "
            "SELECT c.owner, b.client FROM below b JOIN clients c ON c.id = b.owner WHERE c.owner IS NOT NULL) "
            f"SELECT key, count(*) / {clients} AS part FROM below b JOIN clients o ON o.id = b.owner "
            f"GROUP BY key ORDER BY abs(part - {share}), key LIMIT 1").fetchone()

    def prepare(self, plan: Plan, currency: str):
        """The query's calendar and rates as tables. Not part of what is timed: the product's plan is neither."""
        db = self.db
        db.execute("CREATE OR REPLACE TABLE ticks(tick INTEGER, first INTEGER, flow INTEGER, until INTEGER)")
        insert(db, "ticks", plan.ticks(self.first, max(self.last, self.through)))
        db.execute("CREATE OR REPLACE TABLE stock_rates(bucket INTEGER, currency TINYINT, rate BIGINT)")
        insert(db, "stock_rates", (
            (bucket, id, self.rates.cross(code, currency, utc_ordinal(instant - 1)))
            for bucket, instant in enumerate(plan.instants) for id, code in self.currencies))
        db.execute("CREATE OR REPLACE TABLE flow_rates(day INTEGER, currency TINYINT, rate BIGINT)")
        days = range((plan.actual[0] - EPOCH) // 86_400, (plan.actual[1] - 1 - EPOCH) // 86_400 + 1)
        insert(db, "flow_rates", (
            (day, id, self.rates.cross(code, currency, utc_ordinal(day * 86_400 + EPOCH)))
            for day in days for id, code in self.currencies))

    def sql(self, plan: Plan, by_package: bool, owner: str | None) -> str:
        """The whole statement for the tables that `prepare` made."""
        of_owner = (
            "c.id IN (WITH RECURSIVE below(id) AS (SELECT c.id FROM clients c JOIN clients o ON o.id = c.owner WHERE o.key = "
            f"'{owner}' UNION ALL SELECT c.id FROM clients c JOIN below b ON c.owner = b.id) SELECT id FROM below)")
        tail = (SQL / ("report-by-package.sql" if by_package else "report.sql")).read_text()
        return ((SQL / "states.sql").read_text() + tail).format(
            buckets=len(plan.labels), filter=of_owner if owner else "true")

    def report(self, start, last, timezone, unit=None, by_package=False, owner=None, currency=None, active_months=3,
               runs=1) -> tuple[list[dict], dict, list[float]]:
        """Rows and total as in the JSON report, and the seconds that each of `runs` runs took."""
        currency = currency or self.base_currency
        plan = Plan(start, last, timezone, unit, active_months, self.first, self.through)
        self.prepare(plan, currency)
        statement = self.sql(plan, by_package, owner)
        seconds = []
        for _ in range(runs):
            begin = time.perf_counter()
            found = self.db.execute(statement).fetchall()
            seconds.append(time.perf_counter() - begin)
        rows = self.rows(plan, found, unit, by_package)
        if by_package:
            # Clients with two packages are in two rows: the total is a report of its own, with one bucket.
            _, total, more = self.report(start, last, timezone, None, False, owner, currency, active_months, runs)
            return rows, total, [a + b for a, b in zip(seconds, more)]
        return rows, self.total(found), seconds

    def rows(self, plan: Plan, found: list[tuple], unit: str | None, by_package: bool) -> list[dict]:
        rows = []
        for bucket, *values in found:
            if not plan.shown[bucket]:
                continue
            key = {unit: plan.labels[bucket]} if unit else {}
            order: tuple = (bucket,)
            if by_package:
                package = values.pop(0)
                id, name = self.packages.get(package, (None, None))
                key |= {"package": name, "package_id": id}
                order = (bucket, id is None, (name or "").encode(), (id or "").encode())
                if not any(values):
                    continue
            rows.append((order, key | measures(values)))
        return [row for _, row in sorted(rows, key=lambda pair: pair[0])]

    def total(self, found: list[tuple]) -> dict:
        """Without packages: the last evaluation instant is the total's, and the flows add up."""
        stocks = found[-1][1:10]
        flows = [sum(row[column] or 0 for row in found) for column in range(10, 17)]
        return measures([*stocks, *flows])


def measures(values) -> dict:
    """The 21 measures from exact sums: three groups of (quantity, positive balances, all balances), then the flows."""
    values = [value or 0 for value in values]
    named = {}
    for group, (qty, positive, total) in zip(
            ("active", "overall_active", "all"), (values[0:3], values[3:6], values[6:9])):
        named |= {f"{group}_qty": qty, f"{group}_balance_pos": decimal(positive),
                  f"{group}_balance_neg": decimal(total - positive), f"{group}_balance": decimal(total)}
    refill_qty, refill, payg, activation_qty, activation, renew_qty, renew = values[9:16]
    named |= {
        "refill_qty": refill_qty, "refill_total": decimal(refill),
        "refill_avg": decimal(refill, refill_qty) if refill_qty else None, "payg_total": decimal(payg),
        "payg_active_avg": decimal(payg, values[0]) if values[0] else None, "activation_qty": activation_qty,
        "activation_total": decimal(activation), "renew_qty": renew_qty, "renew_total": decimal(renew)}
    return {name: int(named[name]) if name.endswith("_qty") else named[name] for name in MEASURES}


def insert(db, table: str, rows):
    """Many small rows at once: through a CSV file, which takes DuckDB far less time than `executemany`."""
    import csv
    import tempfile
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        csv.writer(file).writerows(rows)
        file.flush()
        db.execute(f"COPY {table} FROM '{file.name}' (HEADER false)")
