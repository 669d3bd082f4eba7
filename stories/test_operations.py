"""What those need who run the server: TLS of its own, logs and figures for machines, sign-in from the billing system as its document tells."""

import http.server
import json
import re
import socket
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest
from conftest import EXECUTABLE, PASSWORDS, ROOT, Server
from playwright.sync_api import expect
from prometheus_client.parser import text_string_to_metric_families

DOCUMENT = ROOT / "docs" / "operators" / "single-sign-on.md"


@pytest.fixture
def small(tmp_path):
    """A server of its own, not yet started."""
    server = Server(tmp_path / "data")
    server.run("demo", "--clients", "60", "--years", "1", "--through", "2025-12-31")
    server.run("user", "set-password", "analyst", stdin=PASSWORDS["analyst"] + "\n")
    yield server
    if server.process and server.process.poll() is None:
        assert server.stop() == 0


def certificate(folder, name, host="localhost"):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}", "-addext",
         f"subjectAltName=DNS:{host}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
        check=True, capture_output=True)
    return str(folder / f"{name}.pem"), str(folder / f"{name}.key")


def test_tls_of_its_own(small, tmp_path, chromium):
    pem, key = certificate(tmp_path, "server")
    small.start(CUSTOMER_DYNAMICS_WEB_CERTIFICATE_FILE=pem, CUSTOMER_DYNAMICS_WEB_KEY_FILE=key)
    assert small.address.startswith("https://")
    port = int(small.address.rsplit(":", 1)[1])
    trusting = ssl.create_default_context(cafile=pem)
    with urllib.request.urlopen(f"https://localhost:{port}/sign-in", context=trusting) as answer:
        assert answer.status == 200 and "max-age=" in answer.headers["Strict-Transport-Security"]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"https://localhost:{port}/healthz")
    old = ssl.create_default_context(cafile=pem)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"https://localhost:{port}/healthz", context=old)
    # Somebody who speaks plain HTTP, or nothing at all, holds up nobody.
    idle = socket.create_connection(("127.0.0.1", port))
    plain = socket.create_connection(("127.0.0.1", port))
    plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"HTTP/1.1 200" not in plain.recv(1000)
    context = chromium.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(f"https://localhost:{port}/")
    page.get_by_label("Name").fill("analyst")
    page.get_by_label("Password").fill(PASSWORDS["analyst"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Customer Dynamics")).to_be_visible()
    assert [cookie["secure"] for cookie in context.cookies()] == [True]
    context.close()
    idle.close()
    plain.close()


def test_certificates_that_cannot_be_used_stop_the_start(small, tmp_path):
    pem, key = certificate(tmp_path, "one")
    _, other = certificate(tmp_path, "two")
    (tmp_path / "empty").write_text("")
    for settings, words in [
        ((pem, ""), "go together"), ((pem, other), "does not belong"), ((key, key), "has not certificates"),
        ((pem, pem), "has not a private key"), ((str(tmp_path / "none"), key), "cannot be read"),
        ((pem, str(tmp_path / "empty")), "has not a private key"),
    ]:
        names = ("CUSTOMER_DYNAMICS_WEB_CERTIFICATE_FILE", "CUSTOMER_DYNAMICS_WEB_KEY_FILE")
        environment = {name: value for name, value in zip(names, settings) if value}
        done = subprocess.run(
            [EXECUTABLE, "serve", "--data", small.folder, "--port", "0"], capture_output=True, text=True, timeout=30,
            env=environment | {"PATH": "/usr/bin"})
        assert done.returncode == 64 and words in done.stderr, done.stderr


def test_logs_and_figures_for_machines(small):
    small.start(CUSTOMER_DYNAMICS_LOG_FORMAT="json", CUSTOMER_DYNAMICS_LOG_LEVEL="info")
    token = small.run("token", "create", "watcher", "--role", "administrator").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(path, body=None, **more):
        request = urllib.request.Request(small.address + path, body, headers | more)
        with urllib.request.urlopen(request) as answer:
            return answer.headers["X-Request-ID"], answer.read().decode()

    request_id, _ = call("/api/v1/reports", json.dumps({"from": "2025-01-01", "to": "2025-12-31"}).encode())
    csv = b"currency,effective_on,rate\nUSD,2025-01-01,0.9\n"
    call("/api/v1/ledger/rates", csv, **{"Content-Type": "text/csv"})
    with pytest.raises(urllib.error.HTTPError):
        call("/api/v1/ledger/rates", b"currency,effective_on,rate\nUSD,yesterday,0.9\n", **{"Content-Type": "text/csv"})
    _, text = call("/metrics")
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            found[sample.name, *sorted(sample.labels.values())] = sample.value
    assert found["report_runs_total", "finished"] == 1 and found["report_runs_total", "failed"] == 0
    assert found["report_run_duration_seconds_count",] == 1
    assert found["report_run_duration_seconds_bucket", "+Inf"] == 1
    assert found["ledger_imports_total", "taken"] == 1 and found["ledger_imports_total", "refused"] == 1
    assert found["ledger_imported_rows_total",] == 1 and found["ledger_revision",] >= 1
    assert found["process_resident_memory_bytes",] > 1e6 and found["process_cpu_seconds_total",] > 0
    assert found["process_open_fds",] > 5
    assert any(key[0] == "http_request_duration_seconds_count" and "/api/v1/reports" in key for key in found)
    with open(small.folder + "/serve.log") as file:
        lines = [json.loads(line) for line in file]
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    line = next(line for line in lines if line.get("hb.request.id") == request_id)
    assert line["status"] == 201 and line["path"] == "/api/v1/reports" and line["message"] == "request"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["time"])
    assert token not in json.dumps(lines)


class BillingPage(http.server.BaseHTTPRequestHandler):
    """A page of the billing system: the form of the document, with a token and this server's address."""

    form = ""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.form.encode())

    def log_message(self, *_):
        pass


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def test_sign_in_from_the_billing_system_as_the_document_tells(small, tmp_path, chromium):
    def python(text, *arguments):
        return subprocess.run(
            [sys.executable, "-c", text, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    make_keys, = blocks("sh")
    print_keys, make_token = blocks("python")
    form, = blocks("html")
    subprocess.run(["bash", "-euc", make_keys], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "keys.json").write_text(python(print_keys))
    small.start(
        CUSTOMER_DYNAMICS_SIGN_IN_KEYS_FILE=str(tmp_path / "keys.json"),
        CUSTOMER_DYNAMICS_SIGN_IN_ISSUER="https://billing.example.com",
        CUSTOMER_DYNAMICS_SIGN_IN_AUDIENCE="https://reports.example.com")
    token = python(make_token, "R-1").strip()
    BillingPage.form = form.replace('value="..."', f'value="{token}"').replace(
        "https://reports.example.com", small.address)
    # Another site than the server's, as localhost and 127.0.0.1 are to a browser.
    billing = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BillingPage)
    threading.Thread(target=billing.serve_forever, daemon=True).start()
    assert "localhost" in small.address or "127.0.0.1" in small.address
    elsewhere = "localhost" if "127.0.0.1" in small.address else "127.0.0.1"
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"http://{elsewhere}:{billing.server_port}/")
    page.get_by_role("button", name="Reports").click()
    expect(page.get_by_role("heading", name="Customer Dynamics")).to_be_visible()
    assert page.url == small.address + "/"
    page.goto(small.address + "/account")
    expect(page.get_by_role("main")).to_contain_text("Maria")
    expect(page.get_by_role("main")).to_contain_text("R-1")
    # The token is spent.
    stranger = chromium.new_context()
    page = stranger.new_page()
    page.goto(f"http://{elsewhere}:{billing.server_port}/")
    page.get_by_role("button", name="Reports").click()
    expect(page.get_by_role("alert")).to_contain_text("has been used already")
    assert not stranger.cookies()
    with open(small.folder + "/serve.log") as file:
        assert token not in file.read()
    context.close()
    stranger.close()
    billing.shutdown()
