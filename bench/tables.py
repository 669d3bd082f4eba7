"""The import files as typed tables in Parquet files, from which every rival loads its own."""

import json
import pathlib

from plan import EPOCH, TICK

SQL = pathlib.Path(__file__).parent / "sql"
NAMES = ("clients", "packages", "currencies", "subscriptions", "events")


class Tables:
    """The tables of sql/tables.sql in a folder, and what a query's calendar has to know of the ledger."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        facts = json.loads((folder / "facts.json").read_text())
        self.transactions: int = facts["transactions"]
        self.currencies: list[tuple[int, str]] = [tuple(row) for row in facts["currencies"]]
        self.rates: list[tuple[str, str, int]] = [tuple(row) for row in facts["rates"]]
        self.packages: dict[int, tuple[str, str]] = {id: (key, name) for id, key, name in facts["packages"]}
        #: Seconds: the limits of the ledger as semantics.md has them, and the last instant in any table.
        self.first, self.through, self.last = facts["first"], facts["through"], facts["last"]
        #: The largest amount without its sign, in micro-units.
        self.largest: int = facts["largest"]

    def path(self, name: str) -> str:
        assert name in NAMES
        return str((self.folder / f"{name}.parquet").resolve())


def write_tables(files: pathlib.Path) -> Tables:
    """The tables of the import files in `files`; written once."""
    folder = files / "tables"
    if not (folder / "facts.json").exists():
        import duckdb
        folder.mkdir(exist_ok=True)
        db = duckdb.connect(str(folder / "scratch.duckdb"))
        db.execute("SET TimeZone = 'UTC'")
        db.execute((SQL / "tables.sql").read_text().format(folder=files))
        for name in NAMES:
            db.execute(f"COPY {name} TO '{folder / name}.parquet'")
        low, high = db.execute(
            "SELECT min(tick), max(tick) FROM (SELECT tick FROM events UNION ALL SELECT created FROM clients)").fetchone()
        # Closings and ends of subscriptions may lie after the last transaction.
        last = db.execute(
            f"SELECT greatest((SELECT max(second) FROM events), (SELECT max(greatest(created, closed)) * {TICK} + {EPOCH} "
            "FROM clients), (SELECT max(greatest(started, ended)) FROM subscriptions))").fetchone()[0]
        facts = {
            "transactions": db.execute("SELECT count(*) FROM events").fetchone()[0],
            "largest": db.execute("SELECT max(abs(amount)) FROM events").fetchone()[0],
            "currencies": db.execute("SELECT id, code FROM currencies ORDER BY id").fetchall(),
            "rates": db.execute(
                "SELECT currency, effective_on::VARCHAR, (rate * 1000000000000)::BIGINT FROM rates ORDER BY ALL").fetchall(),
            "packages": db.execute("SELECT id, key, name FROM packages ORDER BY id").fetchall(),
            "first": low * TICK + EPOCH, "through": (high + 1) * TICK + EPOCH, "last": last}
        db.close()
        for scratch in folder.glob("scratch.duckdb*"):
            scratch.unlink()
        (folder / "facts.json").write_text(json.dumps(facts))
    return Tables(folder)


def owner_of_share(files: pathlib.Path, share: float) -> tuple[str, float]:
    """The reseller whose clients, direct and through others, are closest to `share` of all; and their share."""
    import duckdb
    db = duckdb.connect()
    db.execute("CREATE TABLE clients AS SELECT id, nullif(owner_id, '') AS owner "
               f"FROM read_csv('{files}/clients.csv', header = true, all_varchar = true)")
    clients = db.execute("SELECT count(*) FROM clients").fetchone()[0]
    return db.execute(
        "WITH RECURSIVE below(owner, client) AS (SELECT owner, id FROM clients WHERE owner IS NOT NULL UNION ALL "
        "SELECT c.owner, b.client FROM below b JOIN clients c ON c.id = b.owner WHERE c.owner IS NOT NULL) "
        f"SELECT owner, count(*) / {clients} AS part FROM below "
        f"GROUP BY owner ORDER BY abs(part - {share}), owner LIMIT 1").fetchone()


def count_transactions(files: pathlib.Path) -> int:
    """Lines of transactions.csv without its header; the demo's cells contain no line breaks."""
    with open(files / "transactions.csv", "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 24), b"")) - 1
