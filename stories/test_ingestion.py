"""A billing system feeds the ledger over HTTP and asks for reports, without a person."""

import csv
import gzip
import http.client
import json
import pathlib
import threading
import time

import pytest

from conftest import Server

KINDS = ("packages", "clients", "subscriptions", "rates", "transactions")


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    """An empty installation, a token for writing and one for reading, and an operator's files."""
    server = Server(tmp_path_factory.mktemp("feed"))
    server.run("demo", "--clients", "300", "--years", "2", "--through", "2025-12-31", "--output", server.folder + "/files")
    server.writer = server.run("token", "create", "feed", "--role", "ledger_writer").strip()
    server.reader = server.run("token", "create", "reports", "--role", "analyst").strip()
    server.start(CUSTOMER_DYNAMICS_LEDGER_LARGEST_UPLOAD_BYTES="50000000", CUSTOMER_DYNAMICS_LEDGER_CONCURRENT_UPLOADS="2")
    yield server
    assert server.stop() == 0
    assert list(pathlib.Path(server.folder, "incoming").iterdir()) == [], "nothing is left of what arrived"


def connection(server):
    return http.client.HTTPConnection(*server.address.removeprefix("http://").split(":"), timeout=60)


def post(server, path, body, token=None, **headers):
    """Status, headers and JSON of an answer."""
    wire = connection(server)
    names = {"Content-Type": "text/csv", "Authorization": f"Bearer {token or server.writer}"}
    names.update({name.replace("_", "-"): value for name, value in headers.items()})
    wire.request("POST", path, body, names)
    answer = wire.getresponse()
    return answer.status, dict(answer.headers), json.loads(answer.read() or b"null")


def file(server, kind):
    return (pathlib.Path(server.folder) / "files" / f"{kind}.csv").read_bytes()


def report(server):
    query = {"from": "2024-01-01", "to": "2025-12-31", "group_by": ["month", "package"]}
    status, _, document = post(server, "/api/v1/reports", json.dumps(query), server.reader, Content_Type="application/json")
    assert status == 201
    return document


def test_files_arrive_as_csv_and_once(feed):
    for kind in KINDS:
        base = "?base_currency=EUR" if kind == "packages" else ""
        status, _, counts = post(feed, f"/api/v1/ledger/{kind}{base}", file(feed, kind))
        rows = len(file(feed, kind).splitlines()) - 1
        assert (status, counts["added"], counts["replaced"]) == (200, rows, 0), counts
    revision = counts["revision"]
    # The same again changes nothing, and makes no revision.
    status, _, counts = post(feed, "/api/v1/ledger/transactions", file(feed, "transactions"))
    assert (status, counts["unchanged"], counts["added"], counts["revision"]) == (200, rows, 0, revision)
    # As the command line imports it.
    other = Server(pathlib.Path(feed.folder) / "other")
    other.run("import", feed.folder + "/files", "--base-currency", "EUR")
    expected = json.loads(other.run("report", "--from", "2024-01-01", "--to", "2025-12-31", "--group-by", "month,package", "--format", "json"))
    found = report(feed)
    assert (found["rows"], found["total"]) == (expected["rows"], expected["total"])


def test_ndjson_and_gzip(feed):
    with open(feed.folder + "/files/transactions.csv", encoding="utf-8-sig", newline="") as lines:
        row = next(csv.DictReader(lines))
    before = report(feed)["total"]
    more = [{**{k: v for k, v in row.items() if v}, "id": f"nd-{n}", "kind": "refill", "amount": "1.25", "at": "2025-06-01T10:00:00Z"} for n in range(1000)]
    for record in more:
        record.pop("package_id", None)
    body = gzip.compress("".join(json.dumps(record) + "\n" for record in more).encode())
    status, _, counts = post(feed, "/api/v1/ledger/transactions", body, Content_Type="application/x-ndjson", Content_Encoding="gzip")
    assert (status, counts["added"]) == (200, 1000), counts
    assert report(feed)["total"]["refill_qty"] == before["refill_qty"] + 1000
    gone = "id,deleted\n" + "".join(f"nd-{n},true\n" for n in range(1000))
    status, _, counts = post(feed, "/api/v1/ledger/transactions", gone)
    assert (status, counts.get("removed")) == (200, 1000), counts
    assert report(feed)["total"] == before


def test_bad_rows_are_named_and_nothing_is_imported(feed):
    before = report(feed)
    lines = file(feed, "clients").decode("utf-8-sig").splitlines()
    cells = lines[1].split(",")
    header = lines[0].split(",")
    cells[header.index("currency")] = "EURO"
    status, headers, problem = post(feed, "/api/v1/ledger/clients", "\n".join([lines[0], lines[2], ",".join(cells)]).encode())
    assert status == 422 and headers["Content-Type"] == "application/problem+json"
    assert problem["code"] == "bad_rows" and problem["field"] == "currency"
    assert problem["errors"][0]["line"] == 3 and "EURO" in problem["errors"][0]["detail"]
    after = report(feed)
    assert after["rows"] == before["rows"]
    for wrong, status in (
            ({"Content_Type": "application/xml"}, 415), ({"Content_Encoding": "br"}, 415), ({"token": feed.reader}, 403), ({"token": "no"}, 401)):
        assert post(feed, "/api/v1/ledger/clients", file(feed, "clients"), **wrong)[0] == status
    assert post(feed, "/api/v1/ledger/clients?base_currency=USD", file(feed, "clients"))[0] == 422
    assert post(feed, "/api/v1/ledger/dogs", b"")[0] == 404


def test_too_large_too_many_and_broken_off(feed):
    status, _, problem = post(feed, "/api/v1/ledger/clients", b"id\n" + b"x" * 51_000_000)
    assert status == 413 and problem["code"] == "too_large"
    # Two that have begun and do not go on are as many as are allowed; the next one is told when to come back.
    slow = []
    for _ in range(2):
        wire = connection(feed)
        wire.putrequest("POST", "/api/v1/ledger/clients")
        for name, value in (("Content-Type", "text/csv"), ("Authorization", f"Bearer {feed.writer}"), ("Content-Length", "1000000")):
            wire.putheader(name, value)
        wire.endheaders()
        wire.send(b"id,name\n")
        slow.append(wire)
    # They are in before anybody else knocks: otherwise it would be one of them that is turned away.
    end = time.monotonic() + 10
    while len(list(pathlib.Path(feed.folder, "incoming").iterdir())) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    end = time.monotonic() + 10
    while (answer := post(feed, "/api/v1/ledger/clients", file(feed, "clients")))[0] != 429 and time.monotonic() < end:
        time.sleep(0.05)
    assert answer[0] == 429 and int(answer[1]["Retry-After"]) > 0
    # Reports go on meanwhile.
    assert report(feed)["total"]
    for wire in slow:
        wire.close()
    end = time.monotonic() + 10
    while (answer := post(feed, "/api/v1/ledger/clients", file(feed, "clients")))[0] == 429 and time.monotonic() < end:
        time.sleep(0.05)
    assert answer[0] == 200 and answer[2]["added"] == 0


def test_many_at_once(feed):
    """Several programs send at the same time: each import is whole, and they take turns."""
    with open(feed.folder + "/files/transactions.csv", encoding="utf-8-sig", newline="") as lines:
        row = next(csv.DictReader(lines))
    done = []

    def send(worker):
        for batch in range(3):
            body = "".join(json.dumps({
                "id": f"w{worker}-{batch}-{n}", "client_id": row["client_id"], "at": "2025-07-01T00:00:00Z", "kind": "refill", "amount": "0.01"}) + "\n" for n in range(200))
            while (answer := post(feed, "/api/v1/ledger/transactions", body, Content_Type="application/x-ndjson"))[0] == 429:
                time.sleep(0.05)
            done.append(answer)

    before = report(feed)["total"]["refill_qty"]
    workers = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [(status, counts["added"]) for status, _, counts in done] == [(200, 200)] * 12
    assert report(feed)["total"]["refill_qty"] == before + 2400
