"""What all stories share: a server with a made-up operator, a user of each role, and a browser that notices every complaint."""

import csv
import os
import pathlib
import re
import signal
import subprocess

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXECUTABLE = ROOT / ".build" / "release" / "customer-dynamics"
CHROMIUM = "/usr/bin/chromium"
PASSWORDS = {name: f"{name} likes long passwords" for name in ("admin", "analyst", "reseller", "other")}


class Server:
    """A server process on a folder of its own; can be stopped and started again."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.process = None
        self.address = None

    def run(self, *arguments, stdin=""):
        """One command of the executable on the server's folder."""
        return subprocess.run(
            [EXECUTABLE, *arguments, "--data", self.folder], input=stdin, capture_output=True, text=True, check=True
        ).stdout

    def start(self, **environment):
        # Stories ask more often than people do.
        environment = {"CUSTOMER_DYNAMICS_WEB_REQUESTS_PER_MINUTE": "1000000"} | environment
        self.process = subprocess.Popen(
            [EXECUTABLE, "serve", "--data", self.folder, "--port", "0"], stdout=subprocess.PIPE,
            stderr=open(self.folder + "/serve.log", "a"), text=True, env={**os.environ, **environment})
        line = self.process.stdout.readline()
        self.address = re.search(r"https?://\S+", line).group(0).rstrip("/")
        return self

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=30)


def branches(server):
    """Two resellers, neither of which owns the other, those with the most clients below them."""
    files = pathlib.Path(server.folder) / "files"
    server.run("demo", "--clients", "1000", "--years", "5", "--through", "2025-12-31", "--output", str(files))
    with open(files / "clients.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    owners = {row["id"]: row["owner_id"] for row in rows}
    kinds = {row["id"]: row["type"] for row in rows}
    above = {}
    for client in owners:
        above[client], owner = set(), owners[client]
        while owner:
            above[client].add(owner)
            owner = owners[owner]
    sizes = {r: sum(r in chain for chain in above.values()) for r in owners if kinds[r] == "reseller"}
    largest = sorted(sizes, key=lambda r: -sizes[r])
    return next((a, b) for b in largest for a in largest[: largest.index(b)] if a not in above[b])


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("data"))
    server.run("demo", "--clients", "1000", "--years", "5", "--through", "2025-12-31")
    mine, others = branches(server)
    for name in ("admin", "analyst", "reseller"):
        server.run("user", "set-password", name, stdin=PASSWORDS[name] + "\n")
    server.run("user", "set-role", "reseller", "--role", "reseller", "--reseller", mine)
    server.run("user", "add", "other", "--role", "reseller", "--reseller", others, stdin=PASSWORDS["other"] + "\n")
    server.mine, server.others = mine, others
    server.start()
    yield server
    assert server.stop() == 0, "the server stops cleanly"


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """One person at one browser; every message of the console and every error of a page is kept."""

    def __init__(self, browser, server, **options):
        self.server = server
        self.complaints = []
        self.context = browser.new_context(base_url=server.address, **options)
        self.context.set_default_timeout(15_000)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.context.on("console", self._note)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page = self.context.new_page()

    def _note(self, message):
        # A page that is not there, or a form that is refused, is told by the browser as well; the stories look at those themselves.
        # A violation of the Content-Security-Policy is an error like others, and never expected; nor is a missing asset.
        expected = "Failed to load resource" in message.text and re.search(r"status of 4\d\d", message.text)
        expected = expected and "/assets/" not in message.location["url"]
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(message.text)

    def sign_in(self, name, to="/"):
        self.page.goto(to)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORDS[name])
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda address: "/sign-in" not in address)
        return self.page

    def close(self):
        self.context.close()
        assert self.complaints == []


@pytest.fixture
def visit(chromium, server):
    """Opens browsers: `visit("analyst")` is signed in, `visit()` is nobody yet. Closed at the end, without any complaint."""
    visitors = []

    def open_browser(name=None, to="/", **options):
        visitor = Visitor(chromium, server, **options)
        visitors.append(visitor)
        if name:
            visitor.sign_in(name, to)
        return visitor.page

    yield open_browser
    for visitor in visitors:
        visitor.close()
