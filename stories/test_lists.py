"""My reports and Templates: looking after what one has made."""

import re

from playwright.sync_api import expect

from steps import fill_query, report_id, rows_of, run_query, save_query


def row_of(page, identifier):
    return page.locator(f"#report-{identifier}")


def test_my_reports(visit, server):
    page = visit("analyst", "/?new")
    fill_query(page, groupings=("Year",))
    run_query(page)
    identifier, figures = report_id(page), rows_of(page)
    other = visit("other", f"/view?id={identifier}")
    page.get_by_role("link", name="My reports").click()
    # The button copies once the page's module is there.
    page.wait_for_url("**/reports")
    row = row_of(page, identifier)
    assert "2025-01-01 to 2025-12-31" in row.inner_text()
    # The link, from the list.
    row.get_by_role("button", name=re.compile("Copy the link")).click()
    row.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{server.address}/view?id={identifier}"
    # What was opened by its link is listed for who opened it, with a role and no name.
    other.goto("/reports?list=shared")
    assert "Analyst" in row_of(other, identifier).inner_text() and "analyst" not in row_of(other, identifier).inner_text().split()
    # An expiry, taken back again.
    row.locator("summary").click()
    row.get_by_role("link", name="Set expiry").click()
    page.get_by_role("dialog").get_by_label("Last day").fill("2199-12-31")
    page.get_by_role("dialog").get_by_role("button", name="Set expiry").click()
    page.locator("main > .notice").wait_for()
    # To the end of that day.
    assert "2200-01-01 00:00" in row.inner_text()
    row.locator("summary").click()
    row.get_by_role("link", name="Set expiry").click()
    page.get_by_role("dialog").get_by_role("button", name="No expiry").click()
    page.locator("main > .notice").wait_for()
    assert "2200" not in row.inner_text()
    # Revoked, it leaves the other's list.
    row.locator("summary").click()
    row.get_by_role("button", name="Revoke link").click()
    row.get_by_text("Revoked").wait_for()
    other.goto("/reports?list=shared")
    assert row_of(other, identifier).count() == 0
    # Deleting asks first, and can be called off.
    row.locator("summary").click()
    row.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    assert page.goto(f"/view?id={identifier}").status == 200 and rows_of(page) == figures
    page.goto("/reports")
    row.locator("summary").click()
    row.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.locator("main > .notice").wait_for()
    expect(row).to_have_count(0)
    assert page.goto(f"/view?id={identifier}").status == 404


def test_templates_are_edited_duplicated_run_and_deleted(visit):
    page = visit("analyst", "/?new")
    fill_query(page, groupings=("Month",))
    save_query(page, "Twelve months", visibility="Only me")
    page.goto("/templates")
    row = page.get_by_role("row").filter(has_text="Twelve")
    row.locator("summary").click()
    row.get_by_role("link", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Twelve of them")
    dialog.get_by_label("Visible to").select_option(label="Everyone")
    dialog.get_by_role("button", name="Save").click()
    page.locator("main > .notice").wait_for()
    assert "Twelve of them" in row.inner_text() and "Everyone" in row.inner_text()
    other = visit("other", "/templates")
    assert other.get_by_role("link", name="Twelve of them").count() == 1
    row.locator("summary").click()
    row.get_by_role("button", name="Duplicate").click()
    page.locator("main > .notice").wait_for()
    assert row.count() == 2
    for _ in range(2):
        row.first.get_by_role("button", name=re.compile("^Run")).click()
        page.wait_for_url("**/view?id=*")
        assert page.locator("table.report tbody tr").count() == 12
        page.goto("/templates")
        row.first.locator("summary").click()
        row.first.get_by_role("link", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        page.locator("main > .notice").wait_for()
    expect(row).to_have_count(0)
