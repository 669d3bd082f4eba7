"""One stored report is the same file from every door: the page, the HTTP interface and the command line."""

import io

import openpyxl

from steps import fill_query, report_id, run_query


def test_the_same_bytes_from_every_door(visit, server, tmp_path):
    page = visit("analyst", accept_downloads=True)
    fill_query(page, groupings=("Month", "Package Name"))
    run_query(page)
    report = report_id(page)
    for name in ("csv", "xls", "xlsx"):
        by_page = page.request.get(f"/reports/{report}/export?format={name}")
        by_interface = page.request.get(f"/api/v1/reports/{report}/export?format={name}")
        assert by_page.ok and by_interface.ok
        file = tmp_path / f"report.{name}"
        server.run("export", report, "--format", name, "--output", str(file))
        assert by_page.body() == by_interface.body() == file.read_bytes()
        assert len(by_page.body()) > 1000
    # The buttons lead to the same.
    for button, name in (("Export to CSV", "csv"), ("Export to XLSx", "xlsx")):
        with page.expect_download() as download:
            page.get_by_role("link", name=button).click()
        assert open(download.value.path(), "rb").read() == (tmp_path / f"report.{name}").read_bytes()


def test_the_chart_goes_along(visit, tmp_path):
    page = visit("analyst", accept_downloads=True)
    fill_query(page, groupings=("Month",))
    run_query(page)
    page.goto(page.url + "&chart=bar&left=active_qty")
    page.locator("#chart-frame").wait_for()
    page.locator("[name=right][value=refill_total]").check()
    page.wait_for_url("**right=refill_total*")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export to XLSx").click()
    book = openpyxl.load_workbook(io.BytesIO(open(download.value.path(), "rb").read()))
    assert [sheet.title for sheet in book.chartsheets] == ["Chart, left axis", "Chart, right axis"]
    report = page.request.get(f"/api/v1/reports/{report_id(page)}").json()
    data = list(book["Chart data"].iter_rows(min_row=2, values_only=True))
    assert [row[:2] for row in data] == [(row["month"], row["active_qty"]) for row in report["rows"]]
    assert [row[2] for row in data] == [round(float(row["refill_total"]), 2) for row in report["rows"]]
