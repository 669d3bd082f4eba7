"""Administration: people, tokens, and what is written down about both."""

import re

from steps import fill_query, run_query


def test_a_new_user_gets_a_password_and_signs_in(visit, server):
    page = visit("admin", "/administration/users")
    page.get_by_role("link", name="Add a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("newcomer")
    dialog.get_by_label("Role").select_option("reseller")
    dialog.get_by_label("Reseller", exact=True).fill(server.mine)
    dialog.get_by_role("button", name="Add user").click()
    password = page.get_by_label("Password", exact=False).input_value()
    assert len(password) >= 12
    # It is shown once.
    page.reload()
    assert password not in page.content()
    there = visit()
    there.goto("/")
    there.get_by_label("Name").fill("newcomer")
    there.get_by_label("Password").fill(password)
    there.get_by_role("button", name="Sign in").click()
    there.get_by_role("link", name="newcomer").wait_for()
    assert there.get_by_role("link", name="Administration").count() == 0
    assert there.goto("/administration/users").status == 403
    # Kept out, from the next click on.
    page.goto("/administration/users")
    row = page.get_by_role("row").filter(has_text="newcomer")
    row.locator("summary").click()
    row.get_by_role("link", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    row.get_by_text("Disabled").wait_for()
    there.goto("/")
    assert "/sign-in" in there.url
    page.goto("/administration/audit")
    log = page.get_by_role("table", name="Audit log")
    entries = log.get_by_role("row").filter(has_text="newcomer").all_inner_texts()
    assert [word for word in ("added", "Signed in", "disabled") if not any(word.lower() in e.lower() for e in entries)] == []
    assert password not in page.content()


def test_a_token_is_shown_once_and_stops_when_it_is_revoked(visit):
    page = visit("admin", "/administration/tokens")
    page.get_by_role("link", name="Create a token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("nightly")
    dialog.get_by_label("Role").select_option("analyst")
    dialog.get_by_role("button", name="Create token").click()
    field = page.locator("#secret")
    field.wait_for()
    secret = field.input_value()
    assert re.fullmatch(r"cdt_[\w-]{43}", secret)
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.reload()
    assert secret not in page.content()
    bearer = {"Authorization": f"Bearer {secret}"}
    stranger = visit()
    asked = lambda: stranger.request.get("/api/v1/reports/none", headers=bearer).status
    assert asked() == 404
    page.goto("/administration/tokens")
    row = page.get_by_role("row").filter(has_text="nightly")
    assert "in force" in row.inner_text() or "Active" in row.inner_text()
    row.get_by_role("link", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    row.get_by_text("Revoked").wait_for()
    assert asked() == 401
    page.goto("/administration/audit")
    log = page.get_by_role("table", name="Audit log").inner_text()
    assert log.count("nightly") >= 2 and secret not in log


def test_what_people_do_is_written_down(visit):
    there = visit("analyst", "/?new")
    fill_query(there, groupings=("Year",))
    run_query(there)
    with there.expect_download():
        there.get_by_role("link", name="Export to CSV").click()
    page = visit("admin", "/administration/audit?person=analyst")
    log = page.get_by_role("table", name="Audit log")
    newest = log.get_by_role("row").nth(1).inner_text()
    assert "analyst" in newest and "CSV" in newest.upper()
    page.get_by_label("What").select_option(label="Signed in")
    page.get_by_role("button", name="Show", exact=True).click()
    rows = log.locator("tbody tr")
    assert rows.count() > 0 and all("Signed in" in text for text in rows.all_inner_texts())


def test_the_overview_tells_how_the_ledger_is(visit):
    page = visit("admin", "/administration")
    ledger = page.get_by_role("region", name="Ledger").inner_text()
    assert "2021-01-01" in ledger and "2025-12-3" in ledger and "Transactions" in ledger
