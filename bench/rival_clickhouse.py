"""ClickHouse as a library (chdb): MergeTree tables in a temporary folder, one statement for each report."""

import csv
import pathlib
import tempfile

from chdb import session

from tables import Tables

SQL = pathlib.Path(__file__).parent / "sql" / "clickhouse"
BELOW = """(
    WITH RECURSIVE below AS (
        SELECT c.id AS id FROM clients c JOIN clients o ON o.id = c.owner WHERE o.key = '{owner}'
        UNION ALL
        SELECT c.id FROM clients c JOIN below b ON c.owner = b.id)
    SELECT id FROM below)"""


class Rival:
    def __init__(self, tables: Tables, threads: int):
        self.folder = tempfile.TemporaryDirectory()
        self.db = session.Session(self.folder.name)
        self.run((SQL / "load.sql").read_text().format(clients=tables.path("clients"), events=tables.path("events")))
        self.version = str(self.db.query("SELECT version()", "TSV")).strip()
        self.threads = threads
        # Effects on the balance are at most this, without their sign; the offset makes them positive.
        self.effect_bits = tables.largest.bit_length() + 1

    def run(self, statements: str):
        for statement in statements.split(";\n"):
            if statement.strip():
                self.db.query(statement)

    def prepare(self, calendar):
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: f"{folder}/{name}.csv" for name in ("ticks", "stock_rates", "flow_rates")}
            for name, path in paths.items():
                rows = getattr(calendar, name)
                if name == "ticks":
                    rows = [(tick, first, -1 if flow is None else flow, until) for tick, first, flow, until in rows]
                with open(path, "w", newline="") as file:
                    csv.writer(file).writerows(rows)
            self.run((SQL / "calendar.sql").read_text().format(**paths))
        self.db.query("SYSTEM RELOAD DICTIONARY tick_of")

    def report(self, plan, query) -> list[tuple]:
        buckets = len(plan.labels)
        # Buckets up to `buckets`, and until + 1 up to `buckets` + 1. What does not fit into 64 bits takes 128.
        bucket_bits = (buckets + 1).bit_length()
        below = BELOW.format(owner=query.owner)
        statement = (SQL / "report.sql").read_text().format(
            buckets=buckets, never=1_000_000, bucket_bits=bucket_bits, bucket_mask=(1 << bucket_bits) - 1,
            effect_bits=self.effect_bits, effect_mask=(1 << self.effect_bits) - 1, offset=1 << (self.effect_bits - 1),
            word="toUInt64" if 2 * bucket_bits + self.effect_bits <= 64 else "toUInt128", threads=self.threads,
            filter=f"id IN {below}" if query.owner else "true", client_filter=f"client IN {below}" if query.owner else "true")
        text = str(self.db.query(statement))
        return [tuple(int(cell) for cell in line.split("\t")) for line in text.splitlines()]

    def size(self) -> int:
        return int(str(self.db.query("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'events'", "TSV")))
