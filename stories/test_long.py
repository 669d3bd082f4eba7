"""Runs that take long, and reports that are long."""

import fcntl

import pytest
from playwright.sync_api import expect

from steps import fill_query, number, run_query, sort_by

FIVE_YEARS = ("2021-01-01", "2025-12-31")


@pytest.mark.parametrize("name", ["admin", "reseller"])
def test_a_long_run_shows_progress_and_can_be_cancelled(visit, server, tmp_path, name):
    """The ledger has changed, and another process is still busy with its columns: the run has to wait."""
    with open(server.folder + "/columns.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (tmp_path / "packages.csv").write_text(f"id,name\nnew-for-{name},A new one\n")
        (tmp_path / "clients.csv").write_text(
            f"id,name,type,owner_id,tags,currency,created_at,closed_at\nnew-for-{name},New,client,,,EUR,2025-01-01T00:00:00Z,\n")
        server.run("import", str(tmp_path))
        page = visit(name, "/?new")
        stored = page.goto("/reports") and page.locator("tbody tr").count()
        page.goto("/?new")
        fill_query(page, groupings=("Month",))
        page.locator("#run-query").click()
        page.wait_for_url("**/runs/*")
        assert page.get_by_role("progressbar").is_visible()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("heading", name="Cancelled").wait_for()
        cancelled = page.url
        page.get_by_role("link", name="Back to the query").click()
        assert page.get_by_label("From, date").input_value() == "2025-01-01"
        assert page.locator("#groupings li:visible .grouping-title").all_inner_texts() == ["Month"]
        page.locator("#run-query").click()
        page.wait_for_url("**/runs/*")
        assert page.url != cancelled
    # The other process is done: this run goes on by itself, and the page with it.
    page.wait_for_url("**/view?id=*")
    assert page.locator("table.report tbody tr").count() == 12
    # Of the two runs one was stored.
    page.goto("/reports")
    assert page.locator("tbody tr").count() == stored + 1


def test_a_report_of_20_000_rows(visit, server):
    page = visit("analyst", "/?new")
    fill_query(page, period=FIVE_YEARS, groupings=("Date", "Package Name"))
    table = run_query(page)
    count = int(page.locator("#report").get_attribute("data-count"))
    assert count >= 20_000
    # Screen readers are told of all rows, though only some are in the page: three are the head's and the total's.
    assert table.get_attribute("aria-rowcount") == str(count + 3)
    page.locator("#report-table.windowed").wait_for()
    assert page.locator("table.report tr").count() < 200
    assert page.locator("tbody th").first.inner_text() == "2021-01-01"
    frame = page.locator("#report-table")
    assert "Rows 1 to " in page.locator("#report-position").inner_text()
    # To the end, as the End key does.
    frame.focus()
    page.keyboard.press("End")
    last = page.locator(f"table.report tbody tr[aria-rowindex='{count + 2}']")
    last.locator("th", has_text="2025-12-31").wait_for()
    assert page.locator("#report-position").inner_text().endswith(f"to {count:,} of {count:,}")
    # The last row is seen whole above the total, the total whole below it, and the head above all.
    box, total, head = last.bounding_box(), table.locator("tfoot tr").bounding_box(), table.locator("thead").bounding_box()
    view = frame.bounding_box()
    assert box["y"] + box["height"] <= total["y"] + 1
    assert total["y"] + total["height"] <= view["y"] + view["height"] + 1
    assert abs(head["y"] - view["y"]) <= 1.5
    # In the middle the rows are those that belong there, and the page does not jump when they come.
    frame.evaluate("e => e.scrollTo(0, e.scrollHeight / 2)")
    expect(table.locator("tbody tr:nth-child(20) th").first).to_contain_text("2023-")
    indexes = [int(i) for i in table.locator("tbody tr[aria-rowindex]").evaluate_all("e => e.map((r) => r.getAttribute('aria-rowindex'))")]
    assert indexes == list(range(indexes[0], indexes[0] + len(indexes)))
    # Sorting goes over all rows, not only those in the page.
    assert sort_by(page, "renew_total") == "descending"
    page.locator("#report-table.windowed").wait_for()
    first = lambda: number(page.locator("table.report tbody tr[aria-rowindex='3'] td").last.inner_text())
    assert frame.evaluate("e => e.scrollTop") == 0
    greatest = first()
    shown = [number(text) for text in table.locator("tbody td:last-child").all_inner_texts() if text]
    assert shown == sorted(shown, reverse=True) and greatest == shown[0] > 0
    assert sort_by(page, "renew_total") == "ascending"
    assert first() <= 0 < greatest
    # Without scripts it comes in pages.
    plain = visit("analyst", page.url.removeprefix(server.address), java_script_enabled=False)
    expect(plain.locator("table.report tbody tr")).to_have_count(1000)
    plain.get_by_role("link", name="Last").click()
    expect(plain.locator("table.report tbody tr")).to_have_count(count % 1000)
