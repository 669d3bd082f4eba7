#!/usr/bin/env python3
"""The server under load, from a process beside it: viewers of stored reports, analysts who run reports, and a billing system that sends transactions.

    bench/load.py                                 10 million transactions, 10 minutes: `make bench-load`
    bench/load.py --transactions 1000000 --seconds 60
    bench/load.py --kills 100                     meanwhile the server is killed 100 times at random moments (SIGKILL) and started again

Viewers open pages and JSON of stored reports and look at each for 1 to 3 seconds; analysts wait for each report, look at it for 0.5 to 3 seconds and ask for another
one; the billing system sends 2,000 transactions each second. Afterwards reports over all that was acknowledged are compared with DuckDB, with exact integers, and all reports that
were stored are read again. Prints tables, and a hash of the results. Exits with 1 when anything failed or differs.
"""

import argparse
import asyncio
import csv
import dataclasses
import datetime as dt
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import rivals
import settle
import tables
from product import Product
from rivals import Query
from run import BASE_CURRENCY, PER_CLIENT, THREADS, YEARS, queries

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "stories"))

from mail import MailServer  # noqa: E402

BINARY = ROOT / ".build" / "release" / "customer-dynamics"
TIMEZONES = ["UTC", "Europe/Kyiv", "America/Santiago", "Asia/Kathmandu"]
#: How often a killed server's callers look whether it is back, in seconds.
PATIENCE = 0.1


class Failure(Exception):
    """Something that must not happen under load."""


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


class Caller:
    """One connection that is kept open, as browsers and programs do; made anew where it breaks."""

    def __init__(self, port: int, token: str):
        self.port, self.token, self.wire = port, token, None

    async def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        if self.wire is None:
            self.wire = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.wire
        named = {"Host": "127.0.0.1", "Authorization": f"Bearer {self.token}", "Content-Length": str(len(body))}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
            await writer.drain()
            return await self.answer(reader)
        except BaseException:
            self.close()
            raise

    async def answer(self, reader) -> Answer:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await reader.readline(), 16):
                body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        else:
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(lines[0].split()[1]), headers, body)

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """An answer that has to be there; waits as long as the server asks for."""
        while (answer := await self.call(method, path, body, **headers)).status == 429:
            await asyncio.sleep(int(answer.headers["retry-after"]))
        if answer.status >= 400:
            raise Failure(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
        return answer

    def close(self):
        if self.wire:
            self.wire[1].close()
        self.wire = None


class Server:
    """The server's process, which can be killed and started again at the same port."""

    def __init__(self, folder: pathlib.Path, mail: MailServer | None):
        self.folder = folder
        self.environment = os.environ | (mail.settings if mail else {})
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self.process = None
        self.kills = 0

    def run(self, *arguments: str) -> str:
        return subprocess.run([BINARY, *arguments, "--data", self.folder], check=True, capture_output=True, text=True).stdout

    def start(self):
        with open(self.folder / "serve.log", "a") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--data", self.folder, "--port", str(self.port)], stdout=subprocess.PIPE, stderr=log,
                env=self.environment, text=True)
        if not self.process.stdout.readline():
            raise Failure("the server does not start: " + (self.folder / "serve.log").read_text()[-2000:])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=120) != 0:
            raise Failure("the server does not stop cleanly")

    def memory(self) -> tuple[int, int]:
        """Resident bytes, and those of them that are no mapped files."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return tuple(int(re.search(rf"{name}:\s+(\d+)", text).group(1)) * 1024 for name in ("VmRSS", "RssAnon"))


@dataclasses.dataclass
class Batch:
    """Transactions that the billing system has sent, and the revision since which they are there."""
    rows: list[list[str]]
    revision: int | None = None


class Load:
    def __init__(self, given, server: Server, files: pathlib.Path, mail: MailServer | None):
        self.given, self.server, self.files, self.mail = given, server, files, mail
        self.random = random.Random(given.seed)
        self.seconds: dict[str, list[float]] = {}
        self.errors: list[str] = []
        self.batches: list[Batch] = []
        #: Of stored reports: the hash of their JSON, and the query.
        self.stored: dict[str, tuple[str, dict]] = {}
        self.recipients: dict[str, list[str]] = {}
        self.memory: list[tuple[float, int, int]] = []
        self.is_over = False
        with open(files / "clients.csv", newline="", encoding="utf-8-sig") as file:
            people = list(csv.DictReader(file))
        self.clients = [row["id"] for row in people if row["created_at"] < "2025-06" and not row["closed_at"]]
        self.owners = [row["id"] for row in people if row["type"] == "reseller"]

    # MARK: Everybody

    async def timed(self, kind: str, caller: Caller, method: str, path: str, body: bytes = b"", **headers) -> Answer | None:
        """An answer, whose time is noted; None: the server was killed meanwhile."""
        kills, begin = self.server.kills, time.perf_counter()
        try:
            answer = await caller.call(method, path, body, **headers)
        except (OSError, asyncio.IncompleteReadError) as error:
            await asyncio.sleep(PATIENCE)
            if not self.given.kills:
                self.errors.append(f"{kind}: {error!r}")
            return None
        if answer.status >= 400:
            self.errors.append(f"{kind}: {answer.status} {answer.body[:300]!r}")
            await asyncio.sleep(PATIENCE)
            return None
        if kills == self.server.kills:
            self.seconds.setdefault(kind, []).append(time.perf_counter() - begin)
        return answer

    async def viewer(self, token: str):
        caller = Caller(self.server.port, token)
        await asyncio.sleep(self.random.uniform(0, 2))
        while not self.is_over:
            report = self.random.choice(list(self.stored))
            answer = await self.timed("page of a report", caller, "GET", f"/view?id={report}", Accept="text/html", Accept_Encoding="gzip")
            await asyncio.sleep(self.random.uniform(1, 3))
            answer = await self.timed("report as JSON", caller, "GET", f"/api/v1/reports/{report}")
            if answer:
                self.check_stored(report, answer)
            await asyncio.sleep(self.random.uniform(1, 3))
        caller.close()

    def check_stored(self, report: str, answer: Answer):
        if hashlib.sha256(answer.body).hexdigest() != self.stored[report][0]:
            self.errors.append(f"the stored report {report} has changed")

    async def analyst(self, token: str, number: int):
        caller = Caller(self.server.port, token)
        while not self.is_over:
            await self.run_report(caller, self.question(number))
            await asyncio.sleep(self.random.uniform(0.5, 3))
        caller.close()

    def question(self, number: int) -> dict:
        first = dt.date(2023, 1, 1) + dt.timedelta(days=self.random.randrange(700))
        query = {
            "from": str(first), "to": str(first + dt.timedelta(days=self.random.randrange(30, 365))),
            "timezone": self.random.choice(TIMEZONES), "active_months": self.random.randint(1, 12),
            "group_by": self.random.choice([[], ["month"], ["date"], ["month", "package"], ["package"]])}
        if self.random.random() < 0.3:
            query["owners"] = [self.random.choice(self.owners)]
        if self.random.random() < 0.3:
            query["currency"] = self.random.choice(["USD", "UAH", "GBP"])
        if self.mail and self.random.random() < 0.3:
            query |= {"output": "csv", "send_to": [f"a{number}-{self.random.getrandbits(40)}@load.example"]}
        return query

    async def run_report(self, caller: Caller, query: dict) -> str | None:
        body = json.dumps(query).encode()
        answer = await self.timed("report that is run", caller, "POST", "/api/v1/reports", body, Content_Type="application/json")
        if not answer:
            return None
        report = answer.json()
        read = await self.read_first(caller, report["id"])
        self.stored[report["id"]] = (hashlib.sha256(read.body).hexdigest(), query)
        if read.json()["rows"] != report["rows"] or read.json()["total"] != report["total"]:
            self.errors.append(f"the report {report['id']} is not stored as it was answered")
        if "send_to" in query:
            self.recipients[report["id"]] = query["send_to"]
        return report["id"]

    async def read_first(self, caller: Caller, report: str) -> Answer:
        while True:
            if answer := await self.timed("report as JSON", caller, "GET", f"/api/v1/reports/{report}"):
                return answer

    # MARK: The billing system

    def batch(self) -> Batch:
        number = len(self.batches)
        rows = []
        for index in range(self.given.rate):
            second = self.random.randrange(15_552_000)
            when = dt.datetime(2025, 7, 2) + dt.timedelta(seconds=second)
            kind = "refill" if self.random.random() < 0.05 else "usage"
            amount = self.random.randrange(1, 50_000_000) if kind == "refill" else self.random.randrange(1, 3_000_000)
            rows.append([f"load-{number}-{index}", self.random.choice(self.clients), f"{when:%Y-%m-%dT%H:%M:%S}Z", kind,
                         f"{amount // 10**6}.{amount % 10**6:06d}", ""])
        return Batch(rows)

    async def billing(self, token: str):
        caller = Caller(self.server.port, token)
        names = ("id", "client_id", "at", "kind", "amount")
        due = time.monotonic()
        while not self.is_over:
            batch = self.batch()
            body = "".join(json.dumps(dict(zip(names, row))) + "\n" for row in batch.rows).encode()
            while True:
                answer = await self.timed(
                    f"import of {len(batch.rows):,} transactions", caller, "POST", "/api/v1/ledger/transactions", body,
                    Content_Type="application/x-ndjson")
                if answer:
                    break
                if self.is_over and not self.given.kills:
                    return
            counts = answer.json()
            # One that was cut off is sent again: then all of it is there already, or nothing of it.
            whole = len(batch.rows) in (counts["added"], counts["unchanged"])
            if not whole or counts["unchanged"] and not self.given.kills:
                self.errors.append(f"an import is there in part: {counts}")
            batch.revision = counts["revision"]
            self.batches.append(batch)
            due += 1
            await asyncio.sleep(max(0, due - time.monotonic()))
        caller.close()

    # MARK: The server

    async def watch(self):
        begin = time.monotonic()
        while not self.is_over:
            try:
                self.memory.append((time.monotonic() - begin, *self.server.memory()))
            except (OSError, AttributeError):
                pass
            await asyncio.sleep(2)

    async def killer(self, token: str):
        """Kills and starts; after each start the ledger has what was acknowledged, and the import in flight wholly or not at all."""
        base = tables.count_transactions(self.files)
        for _ in range(self.given.kills):
            await asyncio.sleep(self.random.uniform(0.2, self.given.pause))
            self.server.kill()
            acknowledged = sum(len(batch.rows) for batch in self.batches)
            await asyncio.to_thread(self.server.start)
            caller = Caller(self.server.port, token)
            figures = (await caller.call("GET", "/metrics")).body.decode()
            caller.close()
            found = int(float(re.search(r"^ledger_transactions (\S+)", figures, re.MULTILINE).group(1))) - base
            # By now it may have been sent again, and others after it.
            later = sum(len(batch.rows) for batch in self.batches) - acknowledged
            if not acknowledged <= found <= acknowledged + later + self.given.rate or found % self.given.rate:
                self.errors.append(f"after a restart the ledger has {found} transactions, where {acknowledged} were acknowledged")
        self.is_over = True

    async def run(self, tokens: dict[str, list[str]]):
        first = Caller(self.server.port, tokens["analysts"][0])
        for number in range(8):
            await self.run_report(first, self.question(number) | {"group_by": [["month"], ["date"], []][number % 3]})
        first.close()
        self.seconds.clear()
        work = [self.viewer(token) for token in tokens["viewers"]]
        work += [self.analyst(token, number) for number, token in enumerate(tokens["analysts"])]
        work += [self.billing(tokens["billing"][0]), self.watch()]
        if self.given.kills:
            work.append(self.killer(tokens["operator"][0]))
        tasks = [asyncio.create_task(one) for one in work]
        begin = time.monotonic()
        while not self.is_over and not any(task.done() for task in tasks):
            await asyncio.sleep(0.5)
            if not self.given.kills and time.monotonic() - begin >= self.given.seconds:
                self.is_over = True
        self.is_over = True
        for task in asyncio.as_completed(tasks, timeout=300):
            await task
        self.lasted = time.monotonic() - begin
        await self.read_all(tokens["viewers"], tokens["operator"][0])

    async def read_all(self, tokens: list[str], operator: str):
        """All reports that were stored, as they were, and the mail of those that had some."""
        async def read(token: str, reports: list[str]):
            caller = Caller(self.server.port, token)
            for report in reports:
                self.check_stored(report, await caller.ask("GET", f"/api/v1/reports/{report}"))
            caller.close()

        # As many as may ask, since each may only so often.
        reports = list(self.stored)
        await asyncio.gather(*(read(token, reports[n::len(tokens)]) for n, token in enumerate(tokens)))
        caller = Caller(self.server.port, operator)
        end = time.monotonic() + 180
        waiting = list(self.recipients)
        while waiting and time.monotonic() < end:
            answer = await caller.ask("GET", f"/api/v1/reports/{waiting[-1]}/deliveries")
            if all(one["state"] == "sent" for one in answer.json()["deliveries"]):
                waiting.pop()
            else:
                await asyncio.sleep(0.5)
        if waiting:
            self.errors.append(f"the mail of {len(waiting)} reports is not sent")
        caller.close()

    def check_mail(self) -> int:
        """How many messages came twice, as they may once for each time that the server was killed."""
        arrived: dict[str, int] = {}
        for message in self.mail.messages():
            to = message["To"].strip("<>")
            arrived[to] = arrived.get(to, 0) + 1
        for to in sum(self.recipients.values(), []):
            if not 1 <= arrived.get(to, 0) <= 1 + self.server.kills:
                self.errors.append(f"{arrived.get(to, 0)} messages for {to}")
        return sum(count > 1 for count in arrived.values())

    # MARK: Figures

    def files_with_batches(self, folder: pathlib.Path, revision: int) -> pathlib.Path:
        """The import files that make the ledger of that revision."""
        folder.mkdir()
        for file in self.files.glob("*.csv"):
            if file.name != "transactions.csv":
                (folder / file.name).symlink_to(file.resolve())
        shutil.copy(self.files / "transactions.csv", folder)
        with open(folder / "transactions.csv", "a", newline="") as file:
            for batch in self.batches:
                if batch.revision <= revision:
                    csv.writer(file, lineterminator="\n").writerows(batch.rows)
        return folder

    def compare(self, ask, folder: pathlib.Path) -> str:
        """Asks for reports, and compares them with DuckDB; returns a hash of them."""
        owner, _ = tables.owner_of_share(self.files, 0.05)
        named = queries(owner, small=True)
        ours = {}
        for name, query in named.items():
            groups = [query.unit] * (query.unit is not None) + ["package"] * query.by_package
            asked = {"from": str(query.start), "to": str(query.last), "timezone": query.timezone,
                     "active_months": query.active_months, "group_by": groups}
            asked |= {"owners": [query.owner]} if query.owner else {}
            asked |= {"currency": query.currency} if query.currency else {}
            ours[name] = settle.comparable(ask(asked), query.unit, query.by_package)
        typed = tables.write_tables(self.files_with_batches(folder, sys.maxsize))
        theirs = rivals.measure("duckdb", typed.folder, BASE_CURRENCY, THREADS, named, 1).results
        for name, (rows, total) in ours.items():
            if different := settle.difference(rows, total, theirs[name].rows, theirs[name].total):
                self.errors.append(f"{name}: DuckDB has {different}")
        return hashlib.sha256("".join(settle.fingerprint(*result) for result in ours.values()).encode()).hexdigest()[:16]

    def compare_on_the_way(self, folder: pathlib.Path) -> int:
        """A report that was run while imports went on, with what was there at its revision."""
        listed = []
        for token in self.analysts:
            caller = Caller(self.server.port, token)
            listed += asyncio.run(caller.ask("GET", "/api/v1/reports?limit=999")).json()["reports"]
        plain = [(one["revision"], one["id"], self.stored[one["id"]][1]) for one in listed if one["id"] in self.stored]
        plain = [one for one in plain if "owners" not in one[2] and self.batches and self.batches[0].revision <= one[0]]
        if not plain:
            raise Failure("no report was run while imports went on")
        revision, report, query = sorted(plain, key=lambda one: one[:2])[len(plain) // 2]
        groups = query["group_by"]
        unit = next((group for group in groups if group != "package"), None)
        asked = Query(dt.date.fromisoformat(query["from"]), dt.date.fromisoformat(query["to"]), unit=unit,
                      by_package="package" in groups, currency=query.get("currency"), active_months=query["active_months"],
                      timezone=query["timezone"])
        typed = tables.write_tables(self.files_with_batches(folder, revision))
        theirs = rivals.measure("duckdb", typed.folder, BASE_CURRENCY, THREADS, {"it": asked}, 1).results["it"]
        ours = settle.comparable(self.read_stored(report), unit, "package" in groups)
        if different := settle.difference(*ours, theirs.rows, theirs.total):
            self.errors.append(f"the report {report} of revision {revision}: DuckDB has {different}")
        return revision

    def read_stored(self, report: str) -> dict:
        return asyncio.run(Caller(self.server.port, self.reader).ask("GET", f"/api/v1/reports/{report}")).json()

    def print_figures(self):
        print(f"\n{self.given.viewers} viewers, {self.given.analysts} analysts, {self.given.rate:,} transactions a second, for {self.lasted:,.0f} s"
              + (f", killed {self.server.kills} times" if self.server.kills else "") + ".\n")
        print("| request | count | a second | p50 | p95 | p99 | longest |\n|---|---|---|---|---|---|---|")
        for kind, seconds in sorted(self.seconds.items()):
            seconds.sort()
            cuts = [seconds[min(len(seconds) - 1, int(len(seconds) * part))] for part in (0.5, 0.95, 0.99)] + [seconds[-1]]
            print(f"| {kind} | {len(seconds):,} | {len(seconds) / self.lasted:,.1f} | " + " | ".join(f"{cut * 1000:,.0f} ms" for cut in cuts) + " |")
        sent = sum(len(batch.rows) for batch in self.batches)
        print(f"\n- Acknowledged: {sent:,} transactions in {len(self.batches):,} imports, {sent / self.lasted:,.0f} a second; "
              f"{len(self.stored):,} reports stored.")
        if self.memory and not self.server.kills:
            parts = [self.memory[int((len(self.memory) - 1) * part)] for part in (0.1, 0.5, 1)]
            print("- Resident memory after a tenth, half and all of the time: " + ", ".join(f"{rss / 1e6:,.0f} MB" for _, rss, _ in parts)
                  + "; without mapped files: " + ", ".join(f"{anonymous / 1e6:,.0f} MB" for _, _, anonymous in parts) + ".")


def prepare(given, folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """The import files, and a data folder with their ledger."""
    product = Product(str(BINARY))
    clients = max(10, given.transactions // PER_CLIENT)
    files = given.data / f"files-{given.transactions}"
    product.write_demo(files, clients, str(YEARS[1]))
    product.first_import(files, folder / "data", BASE_CURRENCY)
    return files, folder / "data"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, default=10_000_000, help="about so many are there at the beginning")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--analysts", type=int, default=20)
    parser.add_argument("--rate", type=int, default=2000, help="transactions a second")
    parser.add_argument("--kills", type=int, default=0, help="instead of --seconds: until it was killed so often")
    parser.add_argument("--pause", type=float, default=4, help="the longest time between two kills, in seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "bench-data", help="where files are kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files, data = prepare(given, folder)
        mail = MailServer(folder / "mail", "--slow", "0.02") if given.kills else None
        server = Server(data, mail)
        token = lambda role, who: server.run("token", "create", who, "--role", role).strip()
        tokens = {
            "viewers": [token("analyst", f"viewer {n}") for n in range(given.viewers)],
            "analysts": [token("analyst", f"analyst {n}") for n in range(given.analysts)],
            "billing": [token("ledger_writer", "billing")], "operator": [token("administrator", "operator")]}
        server.start()
        try:
            load = Load(given, server, files, mail)
            load.reader, load.analysts = tokens["operator"][0], tokens["analysts"]
            asyncio.run(load.run(tokens))
            load.print_figures()
            ask = lambda query: asyncio.run(Caller(server.port, load.reader).ask(
                "POST", "/api/v1/reports", json.dumps(query).encode(), Content_Type="application/json")).json()
            result = load.compare(ask, folder / "final")
            print(f"- Reports over the ledger as it is now, beside DuckDB: `{result}`.")
            if not given.kills:
                print(f"- A report of revision {load.compare_on_the_way(folder / 'earlier')}, from the middle of the load, beside DuckDB.")
            if mail:
                print(f"- Messages: {sum(map(len, load.recipients.values())):,} asked for, {load.check_mail()} came twice.")
            server.stop()
        finally:
            if server.process.poll() is None:
                server.process.kill()
            if mail:
                mail.stop()
    for error in load.errors[:20]:
        print(f"error: {error}", file=sys.stderr)
    print(f"\n{len(load.errors)} errors." if load.errors else "\nNo error, and all figures are equal to the last digit.")
    sys.exit(1 if load.errors else 0)


if __name__ == "__main__":
    main()
