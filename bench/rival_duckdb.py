"""DuckDB: everything in memory in narrow columns, and one statement for each report."""

import csv
import pathlib
import tempfile

import duckdb

from tables import Tables

SQL = pathlib.Path(__file__).parent / "sql" / "duckdb"
OF_OWNER = """c.id IN (
    WITH RECURSIVE below(id) AS (
        SELECT c.id FROM clients c JOIN clients o ON o.id = c.owner WHERE o.key = '{owner}'
        UNION ALL
        SELECT c.id FROM clients c JOIN below b ON c.owner = b.id)
    SELECT id FROM below)"""


class Rival:
    version = duckdb.__version__

    def __init__(self, tables: Tables, threads: int):
        self.db = duckdb.connect(config={"threads": threads})
        names = ("clients", "packages", "subscriptions", "events")
        self.db.execute((SQL / "load.sql").read_text().format(**{name: tables.path(name) for name in names}))

    def prepare(self, calendar):
        self.db.execute((SQL / "calendar.sql").read_text())
        for name in ("ticks", "stock_rates", "flow_rates"):
            # Through a CSV file, which takes DuckDB far less time than `executemany`.
            with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
                csv.writer(file).writerows(getattr(calendar, name))
                file.flush()
                self.db.execute(f"COPY {name} FROM '{file.name}' (HEADER false)")

    def report(self, plan, query) -> list[tuple]:
        tail = (SQL / ("report-by-package.sql" if query.by_package else "report.sql")).read_text()
        statement = ((SQL / "states.sql").read_text() + tail).format(
            buckets=len(plan.labels), filter=OF_OWNER.format(owner=query.owner) if query.owner else "true")
        return self.db.execute(statement).fetchall()

    def size(self) -> None:
        return None


def import_transactions(files: pathlib.Path, database: pathlib.Path, threads: int):
    """transactions.csv into a new database file, until it is on the disk."""
    db = duckdb.connect(str(database), config={"threads": threads, "preserve_insertion_order": False})
    db.execute("SET TimeZone = 'UTC'")
    db.execute((SQL / "import.sql").read_text().format(folder=files))
    db.close()
