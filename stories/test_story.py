"""The whole story: a query with filters and groupings, its report, the link that is sent, and templates to come back to."""

import csv
import io
import re

import pytest

from conftest import Visitor
from steps import (
    PERIOD, add_filter, choose, fill_query, number, open_form, report_id, rows_of, run_query, save_query, sort_by)


@pytest.mark.parametrize("name", ["admin", "reseller"])
def test_from_question_to_link_and_template(visit, name, server):
    page = visit(name, "/?new")
    fill_query(page)
    add_filter(page, "Client type")
    page.get_by_label("Client", exact=True).check()
    page.get_by_label("Call shop").check()
    add_filter(page, "tags")
    tag = choose(page, "tags", "prepaid")
    add_filter(page, "Package")
    packages = [choose(page, "Package", name) for name in ("Start 100", "Family 500")]
    # The other order, and back, without a mouse.
    titles = page.locator("#groupings li:visible .grouping-title")
    page.get_by_role("button", name="Move Package Name up").click()
    assert titles.all_inner_texts() == ["Package Name", "Month"]
    page.get_by_role("button", name="Move Package Name down").click()
    assert titles.all_inner_texts() == ["Month", "Package Name"]
    table = run_query(page)
    read_table(page, table, packages)
    sort_the_table(page)
    read_info(page, name, tag, packages)
    address = copy_link(page, server)
    figures = rows_of(page)
    other = visit("other", address)
    read_by_another_company(other, name, tag, packages, figures)
    revoke_and_restore(page, other, address)
    # Saved under a name, and loaded again.
    page.goto(address)
    open_form(page)
    title = f"Call shops of {name}"
    save_query(page, title, "for the Monday meeting", "My company")
    page.goto("/?new")
    page.locator("#load-query > summary").click()
    page.get_by_role("link", name=re.compile(title)).click()
    assert page.locator("#filters").get_by_label("Call shop").is_checked()
    assert all(package in page.locator("#filters").inner_text() for package in packages)
    assert page.get_by_label("From, date").input_value() == PERIOD[0]
    run_query(page)
    assert rows_of(page) == figures
    # Of another company's templates nothing is seen.
    other.goto("/?new")
    assert other.get_by_text(title).count() == 0


def read_table(page, table, packages):
    groups = [cell.inner_text() for cell in table.locator("thead tr").first.locator("th button").all()]
    assert groups == ["Clients - Active", "Clients - Overall Active", "Clients - All", "Balance Refill", "Pay As You Go", "Packages"]
    titles = [cell.inner_text() for cell in table.locator("thead tr").nth(1).locator("th a").all()]
    four = ["Qty", "Balance Pos", "Balance Neg", "Balance"]
    assert titles == four * 3 + ["Qty", "Total", "Avg", "Total", "Active Avg"] + [
        "Activation Qty", "Activation Total", "Renew Qty", "Renew Total"]
    assert [cell.inner_text() for cell in table.locator("thead .g a").all()] == ["Month", "Package Name"]
    months = table.locator("tbody tr th:nth-child(1)").all_inner_texts()
    assert months == sorted(months) and set(months) <= {f"2025-{month:02}" for month in range(1, 13)} and len(set(months)) > 6
    # With a filter by package, only rows of these packages.
    assert set(table.locator("tbody tr th:nth-child(2)").all_inner_texts()) == set(packages)
    assert table.locator("tfoot th").inner_text() == "Total"
    # The total of what is summed is the sum of its rows.
    total = number(table.locator("tfoot td").last.inner_text())
    rows = [number(text) for text in table.locator("tbody td:last-child").all_inner_texts()]
    assert total == pytest.approx(sum(rows), abs=0.01 * len(rows)) and total > 0
    # What a title means is told when one points at it.
    title = page.locator("a[data-sort='renew_total']")
    explanation = page.locator("#" + title.get_attribute("aria-describedby"))
    title.hover()
    page.locator("#floating-tip:popover-open").wait_for()
    assert page.locator("#floating-tip").inner_text() == explanation.text_content() != ""


def sort_the_table(page):
    before = rows_of(page)
    column = lambda: [number(text) for text in page.locator("table.report tbody td:last-child").all_inner_texts()]
    assert sort_by(page, "renew_total") == "descending"
    assert column() == sorted(column(), reverse=True)
    assert sort_by(page, "renew_total") == "ascending"
    assert column() == sorted(column())
    assert rows_of(page) == before
    assert "sort=renew_total" in page.url
    page.go_back()
    page.locator("th[aria-sort=descending]").wait_for()


def read_info(page, name, tag, packages):
    page.locator("#info > summary").click()
    info = page.locator("#info").inner_text()
    role = {"admin": "Administrator", "reseller": "Reseller"}[name]
    assert all(word in info for word in [*PERIOD, "Europe/Kyiv", role, name, tag, *packages])
    assert re.search(r"Duration\s+(under 1|[\d.]+) (ms|s)", info)
    assert re.search(r"Client types\s+client, call shop", info, re.I)
    page.keyboard.press("Escape")
    assert not page.locator("#info .menu-panel").is_visible()


def copy_link(page, server):
    page.locator("#copy-link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{server.address}/view?id={report_id(page)}")
    return copied


def read_by_another_company(other, name, tag, packages, figures):
    assert rows_of(other) == figures
    form = other.locator("#query-panel")
    assert all(word not in form.text_content() for word in [tag, *packages])
    other.locator("#info > summary").click()
    info = other.locator("#info").inner_text()
    assert {"admin": "Administrator", "reseller": "Reseller"}[name] in info
    assert name not in info.split() and f"({name})" not in info
    assert other.locator("#sharing").count() == 0


def revoke_and_restore(page, other, address):
    page.locator("#sharing > summary").click()
    page.get_by_role("button", name="Revoke the link").click()
    page.get_by_text("Link: revoked").wait_for()
    assert other.goto(address).status == 404
    assert other.locator("table").count() == 0
    assert page.goto(address).status == 200
    page.locator("#sharing > summary").click()
    page.get_by_role("button", name="Restore the link").click()
    page.get_by_text("Link: shared").wait_for()
    assert other.goto(address).status == 200


def test_exporting_takes_exactly_what_is_displayed(visit):
    page = visit("analyst", "/?new")
    fill_query(page, groupings=("Month",))
    run_query(page)
    sort_by(page, "refill_total")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export to CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    lines = list(csv.reader(io.StringIO(open(download.value.path(), encoding="utf-8-sig", newline="").read())))
    rows = page.locator("table.report tbody tr")
    plain = lambda text: text.replace(",", "").replace("\u2212", "-")
    displayed = [[plain(cell) for cell in row.locator("th, td").all_inner_texts()] for row in rows.all()]
    assert sorted(lines[1:-1]) == sorted(displayed) and len(displayed) == 12
    assert lines[-1][0] == "Total"
    with page.expect_download() as download:
        page.get_by_role("link", name="Export to XLSx").click()
    assert open(download.value.path(), "rb").read(2) == b"PK"


def test_a_file_instead_of_a_page(visit):
    page = visit("analyst", "/?new")
    fill_query(page, groupings=("Year",))
    page.get_by_label("Type", exact=True).select_option("csv")
    with page.expect_download() as download:
        page.locator("#run-query").click()
    assert open(download.value.path(), encoding="utf-8-sig").read().splitlines()[1].startswith("2025,")
    assert page.get_by_role("link", name="Show the report").is_visible()


def test_a_report_outlives_restarts_imports_and_rerating(visit, server, chromium, tmp_path):
    page = visit("analyst", "/?new")
    fill_query(page, groupings=("Month",))
    run_query(page)
    identifier = report_id(page)
    figures = rows_of(page)
    stored = page.request.get(f"/api/v1/reports/{identifier}").body()
    # Another refill, in a month that the report is about.
    (tmp_path / "clients.csv").write_text(
        "id,name,type,owner_id,tags,currency,created_at,closed_at\nlate,Late,client,,,EUR,2025-01-01T00:00:00Z,\n")
    (tmp_path / "transactions.csv").write_text(
        "id,client_id,at,kind,amount,package_id\nlate-1,late,2025-03-01T00:00:00Z,refill,1000000,\n")
    server.run("import", str(tmp_path))
    server.stop()
    server.start()
    visitor = Visitor(chromium, server)
    again = visitor.sign_in("analyst", f"/view?id={identifier}")
    assert rows_of(again) == figures
    assert again.request.get(f"/api/v1/reports/{identifier}").body() == stored
    again.goto("/?new")
    fill_query(again, groupings=("Month",))
    run_query(again)
    assert report_id(again) != identifier
    assert rows_of(again) != figures
    visitor.close()
