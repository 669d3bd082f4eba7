"""A disk that is full, and files that are damaged: clear errors, nothing lost, never another figure.

`DISKS=50 DISKS_SEED=7` tries more fillings; each leaves so little free that other writes fail.
"""

import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import time
import urllib.parse

import pytest
from conftest import EXECUTABLE, PASSWORDS

MEGABYTE = 1 << 20
PERIOD = {"from": "2025-01-01", "to": "2025-12-31", "group_by": ["month"]}
REPORT = ["report", "--from", "2025-01-01", "--to", "2025-12-31", "--group-by", "month", "--format", "json"]


class SmallDisk:
    """A file system of its own in memory, in a mount namespace of its own; `path` shows it to this process."""

    def __init__(self, place, size):
        place.mkdir()
        user = [] if os.geteuid() == 0 else ["--map-root-user", "--user"]
        self.holder = subprocess.Popen(
            ["unshare", *user, "--mount", "sh", "-c", f"mount -t tmpfs -o size={size} tmpfs '{place}' && echo ready && exec sleep infinity"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "ready\n":
            pytest.skip("no file system may be mounted here: " + self.holder.stderr.read())
        self.inside = ["nsenter", *([] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]), "--mount", "--target", str(self.holder.pid)]
        self.place = str(place)
        self.path = pathlib.Path(f"/proc/{self.holder.pid}/root{place}")
        self.data = self.place + "/data"

    def run(self, *arguments, stdin=None):
        return subprocess.run(
            [*self.inside, EXECUTABLE, *arguments, "--data", self.data], capture_output=True, text=True, timeout=120, input=stdin)

    def fill(self, free):
        """Leaves so many bytes, or some fewer, as files take whole pages."""
        self.empty()
        state = os.statvfs(self.path)
        with open(self.path / "filler", "wb") as filler:
            filler.write(bytes(max(0, state.f_bavail * state.f_frsize - free)))

    def empty(self):
        (self.path / "filler").unlink(missing_ok=True)

    def close(self):
        self.holder.kill()
        self.holder.wait()


class Site:
    """The server on the small disk, and what is asked of it."""

    def __init__(self, disk, log):
        self.disk = disk
        self.process = subprocess.Popen(
            [*disk.inside, EXECUTABLE, "serve", "--data", disk.data, "--port", "0"], stdout=subprocess.PIPE, stderr=open(log, "a"), text=True)
        self.port = int(re.search(r":(\d+)/", self.process.stdout.readline()).group(1))

    def call(self, method, path, body=None, **headers):
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        wire.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = wire.getresponse()
        return answer.status, dict(answer.headers), answer.read()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0


def problem(answer):
    """That there is no space, in a sentence; nothing else may go wrong."""
    status, headers, body = answer
    text = body.decode()
    assert status == 503 and "no space left" in text, (status, text[:500])
    assert headers["Content-Type"].startswith(("application/problem+json", "text/html"))
    return True


def rows(tag, count=3000):
    return "".join(json.dumps({
        "id": f"{tag}-{n}", "client_id": CLIENT, "at": "2025-06-01T10:00:00Z", "kind": "refill", "amount": "1"}) + "\n" for n in range(count))


CLIENT = "R000001"


def test_a_full_disk(tmp_path):
    chance = random.Random(int(os.environ.get("DISKS_SEED", "3")))
    disk = SmallDisk(tmp_path / "disk", 200 * MEGABYTE)
    try:
        assert disk.run("demo", "--clients", "150", "--years", "1", "--through", "2025-12-31").returncode == 0
        assert disk.run("user", "set-password", "analyst", stdin=PASSWORDS["analyst"] + "\n").returncode == 0
        bearer = {"Authorization": "Bearer " + disk.run("token", "create", "all", "--role", "administrator").stdout.strip()}
        site = Site(disk, tmp_path / "log")
        form = {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        sign_in = urllib.parse.urlencode({"name": "analyst", "password": PASSWORDS["analyst"]})
        status, headers, _ = site.call("POST", "/sign-in", sign_in, **form)
        assert status == 303
        cookie = {"Cookie": headers["Set-Cookie"].split(";")[0], "Accept": "text/html"}

        def report():
            return site.call("POST", "/api/v1/reports", json.dumps(PERIOD), Content_Type="application/json", **bearer)

        def refills():
            status, _, body = report()
            assert status == 201
            return json.loads(body)["total"]["refill_qty"]

        first = json.loads(report()[2])
        stored = site.call("GET", f"/api/v1/reports/{first['id']}", **bearer)[2]
        expected = first["total"]["refill_qty"]
        refused = 0
        for number in range(int(os.environ.get("DISKS", "8"))):
            free = int(10 ** chance.uniform(3.5, 6.7))
            disk.fill(free)
            # Whatever of it finds no room says so.
            taken = site.call("POST", "/api/v1/ledger/transactions", rows(number), Content_Type="application/x-ndjson", **bearer)
            expected += 3000 if taken[0] == 200 else 0
            refused += taken[0] != 200 and problem(taken)
            made = report()
            refused += made[0] != 201 and problem(made)
            signed = site.call("POST", "/sign-in", sign_in, **form)
            assert signed[0] == 303 or problem(signed)
            if signed[0] == 303:
                # An account has 20 sessions: the first one would end.
                cookie["Cookie"] = signed[1]["Set-Cookie"].split(";")[0]
            (tmp_path / "transactions.ndjson").write_text(rows(f"c{number}"))
            imported = disk.run("import", str(tmp_path / "transactions.ndjson"))
            expected += 3000 if imported.returncode == 0 else 0
            assert imported.returncode == 0 or imported.returncode == 69 and "no space left" in imported.stderr, imported.stderr
            copied = disk.run("backup", disk.place + "/copy")
            assert copied.returncode == 0 or copied.returncode == 69 and "no space left" in copied.stderr, copied.stderr
            shutil.rmtree(disk.path / "copy", ignore_errors=True)
            # Reading goes on, also after the minute in which nothing is noted of somebody who is here.
            if "DISKS" in os.environ and number == 0:
                time.sleep(61)
            assert site.call("GET", f"/api/v1/reports/{first['id']}", **bearer)[::2] == (200, stored)
            assert site.call("GET", f"/view?id={first['id']}", **cookie)[0] == 200
            assert site.call("GET", f"/api/v1/reports/{first['id']}/export?format=xlsx", **bearer)[0] == 200
            assert site.call("GET", "/readyz")[0] == 200
            disk.empty()
            # With room again everything works, and what was acknowledged is there, and nothing else.
            assert refills() == expected, free
        assert refused > 0, "no write has failed"
        site.stop()
        for name in ("ledger", "workspace"):
            shutil.copy(disk.path / "data" / f"{name}.sqlite", tmp_path)
            with sqlite3.connect(tmp_path / f"{name}.sqlite") as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        # A start on a full disk works, or says what is missing.
        disk.fill(0)
        done = subprocess.run(
            ["timeout", "3", *disk.inside, EXECUTABLE, "serve", "--data", disk.data, "--port", "0"], capture_output=True, text=True)
        assert done.returncode == 124 or done.returncode == 69 and re.search("space|cannot be read or written", done.stderr), done.stderr
        disk.empty()
        assert disk.run(*REPORT).returncode == 0
    finally:
        disk.close()


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """A data folder with a ledger, a stored report, and what commands say of them."""
    folder = tmp_path_factory.mktemp("intact")
    run = lambda *arguments: subprocess.run([EXECUTABLE, *arguments, "--data", folder / "data"], capture_output=True, text=True, check=True).stdout
    run("demo", "--clients", "150", "--years", "1", "--through", "2025-12-31")
    figures = json.loads(run(*REPORT))
    token = run("token", "create", "all", "--role", "administrator").strip()
    process = subprocess.Popen([EXECUTABLE, "serve", "--data", folder / "data", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = int(re.search(r":(\d+)/", process.stdout.readline()).group(1))
    wire = http.client.HTTPConnection("127.0.0.1", port)
    wire.request("POST", "/api/v1/reports", json.dumps(PERIOD), {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    report = json.loads(wire.getresponse().read())["id"]
    process.terminate()
    assert process.wait(timeout=30) == 0
    return folder / "data", figures, report


def damaged(path, how, chance):
    """Damages the file in a way that no disk does quietly: what is hit is more than a digit."""
    content = bytearray(path.read_bytes())
    page = 4096
    if how == "header":
        content[:100] = chance.randbytes(100)
    elif how == "pages":
        for _ in range(1 + len(content) // page // 20):
            place = chance.randrange(1, len(content) // page) * page
            content[place:place + page] = chance.randbytes(page)
    elif how == "zeros":
        place = chance.randrange(1, len(content) // page) * page
        content[place:place + 4 * page] = bytes(len(content[place:place + 4 * page]))
    elif how == "half":
        del content[len(content) // 2 // page * page:]
    elif how == "text":
        content = bytearray(b"this is no database\n" * 500)
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["header", "pages", "zeros", "half", "text"])
@pytest.mark.parametrize("name", ["ledger.sqlite", "workspace.sqlite", "ledger.columns"])
def test_damaged_files(intact, tmp_path, name, how):
    original, figures, report = intact
    chance = random.Random(f"{name} {how} {os.environ.get('DISKS_SEED', '3')}")
    for round in range(3):
        data = tmp_path / f"data{round}"
        shutil.copytree(original, data)
        damaged(data / name, how, chance)
        if name == "ledger.sqlite":
            # Reports are made from columns, which would be right still.
            (data / "ledger.columns").unlink()
        run = lambda *arguments: subprocess.run([EXECUTABLE, *arguments, "--data", data], capture_output=True, text=True, timeout=60)
        seen = hashlib.sha256((data / name).read_bytes()).hexdigest()
        if name == "workspace.sqlite":
            done = run("export", report, "--format", "csv", "--output", str(tmp_path / "export.csv"))
        else:
            done = run(*REPORT)
        assert done.returncode in ((0,) if name == "ledger.columns" else (0, 69)), (done.returncode, done.stderr)
        if done.returncode == 69:
            assert "damaged" in done.stderr and "backup" in done.stderr, done.stderr
            if how in ("header", "text"):
                assert hashlib.sha256((data / name).read_bytes()).hexdigest() == seen, "what is damaged is left as it is"
        elif name != "workspace.sqlite":
            found = json.loads(done.stdout)
            assert (found["rows"], found["total"]) == (figures["rows"], figures["total"])
        if name == "ledger.columns":
            again = subprocess.run([EXECUTABLE, *REPORT, "--data", data], capture_output=True, text=True, timeout=60)
            assert json.loads(again.stdout)["rows"] == figures["rows"]
        shutil.rmtree(data)
