"""SQLite: a database in memory, on one thread. It adds per currency and day; Python's integers convert."""

import pathlib
import sqlite3

from tables import Tables

SQL = pathlib.Path(__file__).parent / "sql" / "sqlite"
OF_OWNER = """c.id IN (
    WITH RECURSIVE below(id) AS (
        SELECT c.id FROM clients o JOIN clients c ON c.owner = o.id WHERE o.key = '{owner}'
        UNION ALL
        SELECT c.id FROM below b JOIN clients c ON c.owner = b.id)
    SELECT id FROM below)"""
#: Where the flows of a kind go in the sums that settle.py takes: the count, the sum.
FLOWS = {0: (10, 11), 1: (None, 12), 3: (13, 14), 4: (15, 16)}
#: Which sums of the groups are quantities, which need no rate.
QUANTITIES = (1, 4, 7)


class Rival:
    version = sqlite3.sqlite_version

    def __init__(self, tables: Tables, threads: int):
        import duckdb  # Reads the Parquet files.
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.executescript((SQL / "load.sql").read_text())
        typed = duckdb.connect()
        self.insert("clients", typed.execute(
            f"SELECT id, key, owner, currency, created, closed FROM '{tables.path('clients')}'").fetchall())
        events = typed.execute(
            "SELECT client, file_row_number, tick, kind, amount "
            f"FROM read_parquet('{tables.path('events')}', file_row_number = true)")
        while some := events.fetchmany(100_000):
            self.insert("events", some)
        self.db.execute("ANALYZE")

    def insert(self, table: str, rows):
        rows = iter(rows)
        first = next(rows, None)
        if first is None:
            return
        self.db.execute("BEGIN")
        insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(first))})"
        self.db.execute(insert, first)
        self.db.executemany(insert, rows)
        self.db.execute("COMMIT")

    def prepare(self, calendar):
        self.db.executescript((SQL / "calendar.sql").read_text())
        for name in ("ticks", "stock_rates", "flow_rates"):
            self.insert(name, getattr(calendar, name))

    def report(self, plan, query) -> list[tuple]:
        buckets = len(plan.labels)
        self.db.execute("DELETE FROM people")
        self.db.execute((SQL / "people.sql").read_text().format(
            buckets=buckets, filter=OF_OWNER.format(owner=query.owner) if query.owner else "true"))
        sums = [[bucket] + [0] * 16 for bucket in range(buckets)]
        for bucket, rate, *levels in self.db.execute((SQL / "stocks.sql").read_text().format(buckets=buckets)):
            for column, level in enumerate(levels, 1):
                sums[bucket][column] += level * (1 if column in QUANTITIES else rate)
        for bucket, kind, rate, count, amount in self.db.execute((SQL / "flows.sql").read_text()):
            counted, added = FLOWS[kind]
            if counted:
                sums[bucket][counted] += count
            sums[bucket][added] += amount * rate
        return [tuple(row) for row in sums]

    def size(self) -> int:
        pages, page_size = (self.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        return pages * page_size
