"""Reports that arrive by themselves: chips, schedules and histories in the browser, messages in a real mail server."""

import io
import json
import os
import random
import re
import signal
import time
import urllib.request

import openpyxl
import pytest
from playwright.sync_api import expect

from conftest import PASSWORDS, Server, Visitor
from mail import MailServer, attachment, wait_for
from steps import add_filter, choose, fill_query, open_form, report_id, run_query, save_query


def post_office(folder, *arguments):
    """A mail server, and an application that uses it."""
    mail = MailServer(folder / "mail", *arguments)
    server = Server(folder)
    server.run("demo", "--clients", "200", "--years", "2", "--through", "2025-12-31")
    for name in ("admin", "analyst"):
        server.run("user", "set-password", name, stdin=PASSWORDS[name] + "\n")
    server.run("user", "set-email", "analyst", "ann@operator.example")
    server.start(**mail.settings, CUSTOMER_DYNAMICS_WEB_PUBLIC_ADDRESS="http://reports.operator.example")
    return server, mail


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    server, mail = post_office(tmp_path_factory.mktemp("office"))
    server.mail = mail
    yield server
    assert server.stop() == 0
    mail.stop()


@pytest.fixture
def open_office(chromium, office):
    visitors = []

    def open_browser(name, **options):
        visitor = Visitor(chromium, office, **options)
        # Cookies travel by whatever address; links in messages have the public one.
        visitors.append(visitor)
        return visitor.sign_in(name)

    yield open_browser
    for visitor in visitors:
        visitor.close()


def test_send_to_by_keyboard_alone(open_office, office):
    page = open_office("analyst")
    fill_query(page, groupings=("Month",))
    field = page.get_by_label("Send to", exact=True).and_(page.locator("input"))
    expect(field).to_be_disabled()
    expect(page.locator("#send-to-hint")).to_have_text("Only files are sent: choose CSV or Excel as type")
    page.get_by_label("Type", exact=True).select_option("xlsx")
    expect(field).to_be_enabled()
    field.focus()
    page.keyboard.type("one@keys.example, wrong two@keys.example")
    page.keyboard.press("Enter")
    chips = page.locator("#send-to-field .chip")
    expect(chips).to_have_count(3)
    expect(page.locator("#send_to-error")).to_have_text("“wrong” is no mail address.")
    # The server says the same, and the query does not run.
    page.locator("#run-query").press("Enter")
    expect(page.locator("#send_to-error")).to_contain_text("wrong")
    assert "/view" not in page.url
    expect(page.locator("#send-to")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(chips).to_have_count(2)
    page.get_by_role("button", name="Remove wrong").press("Enter")
    expect(page.locator("#send_to-error")).to_have_count(0)
    page.locator("#send-to").focus()
    # What is typed and not finished yet counts as well.
    page.keyboard.type("three@keys.example")
    page.locator("#run-query").press("Enter")
    page.get_by_text("It goes to 2 addresses by mail.").wait_for()
    page.get_by_role("link", name="How that goes").click()
    # The page shows by itself how it goes.
    expect(page.locator(".badge", has_text="Sent")).to_have_count(2, timeout=30_000)
    address = page.get_by_role("link", name="Back to the report").get_attribute("href")
    report = re.search("id=(.*)", address).group(1)
    export = page.request.get(f"/reports/{report}/export?format=xlsx").body()
    for recipient in ("one@keys.example", "three@keys.example"):
        message, = office.mail.to(recipient)
        assert message["From"] == "Customer Dynamics <reports@operator.example>"
        name, content = attachment(message)
        assert name == "customer-dynamics 2025-01-01 to 2025-12-31.xlsx" and content == export
        assert openpyxl.load_workbook(io.BytesIO(content)).active.max_row > 12
        for kind in ("plain", "html"):
            text = message.get_body((kind,)).get_content()
            assert f"http://reports.operator.example/view?id={report}" in text
            assert "about all clients" in text and "by month" in text
    assert office.mail.to("two@keys.example") == []


def test_pasted_addresses_and_a_reload(open_office):
    page = open_office("analyst")
    page.get_by_label("Type", exact=True).select_option("csv")
    page.locator("#send-to").focus()
    page.evaluate("navigator.clipboard.writeText('a@paste.example; b@paste.example\\nc@paste.example')")
    page.keyboard.press("Control+V")
    expect(page.locator("#send-to-field .chip")).to_have_count(3)
    page.get_by_label("Type", exact=True).select_option("web")
    expect(page.locator("#send-to")).to_be_disabled()
    page.get_by_label("Type", exact=True).select_option("csv")
    expect(page.locator("#send-to-field .chip")).to_have_count(3)
    page.reload()
    expect(page.locator("#send-to-field .chip-name")).to_have_text(["a@paste.example", "b@paste.example", "c@paste.example"])


def test_a_schedule_from_saving_to_the_mailbox(open_office, office):
    page = open_office("analyst", timezone_id="Europe/Kyiv")
    fill_query(page, preset="last_12_months", groupings=("Month",))
    page.get_by_label("Type", exact=True).select_option("csv")
    page.locator("#send-to").fill("boss@sched.example")
    page.locator("#send-to").press("Enter")
    page.locator("#save-query").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Monday figures")
    dialog.get_by_text("Schedule", exact=True).click()
    dialog.get_by_label("Repeats").select_option("weekly")
    dialog.get_by_label("At", exact=True).fill("07:30")
    expect(dialog.locator(".next-run")).to_have_count(3)
    for text in dialog.locator(".next-run").all_inner_texts():
        assert re.fullmatch(r"Mon 20\d\d-\d\d-\d\d 07:30", text)
    dialog.get_by_label("Mon", exact=True).uncheck(force=True)
    expect(dialog.locator("[data-next]")).to_have_text("Choose at least one day of the week.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator("#days-error")).to_have_text("Choose at least one day of the week.")
    dialog.get_by_label("Fri", exact=True).check(force=True)
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Saved as “Monday figures”").wait_for()

    page.goto("/templates")
    row = page.get_by_role("row", name="Monday figures")
    expect(row).to_contain_text("Every Friday at 07:30, Europe/Kyiv")
    expect(row).to_contain_text("next Fri 20")
    expect(row).to_contain_text("to 1 address")
    row.get_by_role("link", name="Every Friday").click()
    expect(page.get_by_text("It has not run yet.")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".facts .badge")).to_have_text("Paused")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Send now").click()
    page.get_by_role("link", name="1 sent").wait_for()
    run = page.get_by_role("row", name="By hand")
    expect(run).to_contain_text("Finished")
    run.get_by_role("link", name="Open").click()
    report = report_id(page)
    message, = office.mail.to("boss@sched.example")
    assert message["Subject"].startswith("Monday figures: 20")
    assert attachment(message)[1] == page.request.get(f"/reports/{report}/export?format=csv").text()

    # Deleted, it does not run any more.
    page.goto("/templates")
    page.get_by_role("row", name="Monday figures").get_by_label("More for").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete template").click()
    expect(page.get_by_text("The template is deleted.")).to_be_visible()


def test_what_cannot_run_is_told(open_office, office):
    page = open_office("analyst")
    made = page.request.post("/api/v1/templates", data={
        "name": "Lost", "query": {"preset": "last_month", "owners": ["nobody"]}, "output": "csv",
        "send_to": ["boss@lost.example"]}, headers=csrf(page)).json()
    page.goto(f"/templates/{made['id']}/schedule")
    page.get_by_role("button", name="Send now").click()
    page.locator(".badge", has_text="Failed").wait_for()
    expect(page.get_by_role("row", name="By hand")).to_contain_text("nobody")
    assert office.mail.to("boss@lost.example") == []


def csrf(page):
    return {"X-CSRF-Token": page.evaluate("document.body.dataset.csrf")}


def test_e_mail_this_report(open_office, office):
    page = open_office("analyst")
    fill_query(page, groupings=("Year",))
    run_query(page)
    page.get_by_role("link", name="E-mail this report").click()
    page.get_by_label("Send to").fill("wrong")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#recipients-error")).to_contain_text("no mail address")
    page.get_by_label("Send to").fill("later@mail.example, other@mail.example")
    page.get_by_label("As").select_option("xls")
    page.get_by_role("button", name="Send", exact=True).click()
    # The page shows by itself how it goes.
    expect(page.locator(".badge", has_text="Sent")).to_have_count(2, timeout=30_000)
    assert attachment(office.mail.to("later@mail.example")[0])[0].endswith(".xls")


def test_the_administrators_test(open_office, office):
    page = open_office("admin")
    page.goto("/administration")
    page.get_by_role("link", name="Mail", exact=True).click()
    expect(page.get_by_text(f"localhost:{office.mail.port}")).to_be_visible()
    page.get_by_label("Send a test mail to").fill("admin@test.example")
    page.get_by_role("button", name="Send a test mail").click()
    expect(page.get_by_text("The server took the message.")).to_be_visible()
    assert office.mail.to("admin@test.example")[0]["Subject"] == "Test of mail from Customer Dynamics"


def test_without_scripts(chromium, office):
    visitor = Visitor(chromium, office, java_script_enabled=False)
    page = visitor.sign_in("analyst")
    page.get_by_label("Type", exact=True).select_option("csv")
    page.locator("#send-to").fill("a@plain.example b@plain.example")
    page.locator("#send-to-field").get_by_role("button", name="Add").click()
    expect(page.locator("#send-to-field .chip")).to_have_count(2)
    page.get_by_role("button", name="Remove b@plain.example").click()
    page.locator("#save-query").click()
    page.get_by_label("Name").fill("Plain")
    page.get_by_text("Schedule", exact=True).click()
    page.get_by_label("Repeats").select_option("daily")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/templates")
    page.get_by_role("row", name="Plain").get_by_role("link", name="Every day at 08:00").click()
    page.get_by_label("Repeats").select_option("last_day")
    page.get_by_role("button", name="Show next runs").click()
    expect(page.locator(".schedule-form .next-run")).to_have_count(3)
    page.get_by_role("button", name="Save schedule").click()
    expect(page.locator(".facts")).to_contain_text("On the last day of every month")
    visitor.close()


def test_nothing_is_lost_when_the_server_is_killed(tmp_path):
    """Killed at random moments while reports are made and sent: of what was acknowledged everything arrives, at most once more for
    each time that it was killed, and the status tells the truth."""
    rounds = int(os.environ.get("KILLS", "6"))
    chance = random.Random(int(os.environ.get("KILLS_SEED", "1")))
    server, mail = post_office(tmp_path, "--slow", "0.05")
    token = server.run("token", "create", "sender", "--role", "analyst").strip()
    acknowledged = {}
    try:
        for number in range(rounds):
            deadline = time.monotonic() + chance.uniform(0.05, 1.2)
            asked = 0
            while time.monotonic() < deadline:
                # Some are made, some wait, some are being sent: more would only take longer.
                time.sleep(0.1)
                to = [f"r{number}-{asked}-{k}@kill.example" for k in range(3)]
                asked += 1
                report = run_report(server, token, to)
                acknowledged[report] = to
            server.stop(signal.SIGKILL)
            server.start(**mail.settings)

        def settled():
            states = [d["state"] for report in acknowledged for d in deliveries(server, token, report)]
            return all(state == "sent" for state in states)

        # Whoever was killed while it was sending keeps its messages for a minute.
        wait_for(settled, "everything is sent", seconds=150)
        arrived = {}
        for message in mail.messages():
            arrived.setdefault(message["To"].strip("<>"), []).append(message["Message-ID"])
        for report, to in acknowledged.items():
            assert sorted(d["recipient"] for d in deliveries(server, token, report)) == sorted(to)
            for address in to:
                assert 1 <= len(arrived[address]) <= 1 + rounds, address
                assert len(set(arrived[address])) == 1
        sent = sum(len(to) for to in acknowledged.values())
        twice = sum(len(ids) > 1 for ids in arrived.values())
        print(f"{rounds} kills, {len(acknowledged)} reports, {sent} recipients, {twice} of them twice")
        assert len(acknowledged) >= rounds and twice <= 4 * rounds
    finally:
        server.stop(signal.SIGKILL)
        mail.stop()


def call(server, token, path, body=None):
    """As a program does, which a proxy of the machine must not answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        server.address + path, data, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        return json.load(answer)


def run_report(server, token, to):
    query = {"from": "2025-01-01", "to": "2025-03-31", "output": "csv", "send_to": to}
    return call(server, token, "/api/v1/reports", query)["id"]


def deliveries(server, token, report):
    return call(server, token, f"/api/v1/reports/{report}/deliveries")["deliveries"]
