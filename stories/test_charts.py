"""Charts: the presets, the worksheet by keyboard, the picture as a file, the link, and reports by package."""

import io
import re

from PIL import Image

from playwright.sync_api import expect

from steps import fill_query, open_form, report_id, run_query, save_query

PRESETS = {
    "Clients - Active: Qty": "active_qty", "Balance Refill: Total": "refill_total", "Pay as you Go: Total": "payg_total",
    "Packages: Renew Total": "renew_total",
}


def until(page, script, argument=None):
    """Waits until a function in the page says so. (Playwright's own way evaluates text there, which the pages forbid.)"""
    for _ in range(300):
        if page.evaluate(script, argument):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {script}")


def drawn(page):
    """What the chart object holds, once it is drawn."""
    until(page, "() => document.getElementById('report-chart')?.drawnChart?.() != null")
    return page.evaluate(
        """() => {
            const chart = document.getElementById('report-chart').drawnChart();
            return {
                type: chart.config.type, labels: chart.data.labels, title: chart.options.plugins.title.text,
                legend: [chart.options.plugins.legend.display, chart.options.plugins.legend.position],
                series: chart.data.datasets.map((set) => ({
                    name: set.label, field: set.field, values: set.data, axis: set.yAxisID, fill: set.fill, stack: set.stack,
                })),
                axes: Object.keys(chart.scales),
            };
        }""")


def redrawn(page, action):
    """Does something, and waits until the chart follows."""
    before = page.locator("#report-chart").get_attribute("data-drawn")
    action()
    until(page, "(before) => document.getElementById('report-chart').dataset.drawn !== before", before)
    return drawn(page)


def rows(page, report):
    """The stored report as the HTTP interface has it."""
    response = page.request.get(f"/api/v1/reports/{report}")
    assert response.ok
    return response.json()


def open_chart(page, name):
    page.locator("#show-chart > summary").click()
    page.locator("#show-chart").get_by_role("link", name=name, exact=True).click()
    page.wait_for_url("**chart=**")


def test_each_preset_draws_the_column_of_the_table(visit):
    page = visit("analyst")
    fill_query(page, preset="last_12_months", groupings=("Month",))
    run_query(page)
    report = rows(page, report_id(page))
    for name, field in PRESETS.items():
        open_chart(page, name)
        chart = drawn(page)
        assert [one["field"] for one in chart["series"]] == [field]
        assert chart["labels"] == [row["month"] for row in report["rows"]]
        expected = [round(float(row[field]), 2) for row in report["rows"]]
        assert [round(value, 2) for value in chart["series"][0]["values"]] == expected
        assert any(expected), "a chart of nothing shows nothing"
        assert name.split(":")[0].lower() in chart["title"].lower()
        # The figures below the picture are the same, and so is the table below that.
        page.locator("#chart-data > summary").click()
        cells = page.locator("#chart-figures tbody td").all_inner_texts()
        assert [float(cell.replace(",", "").replace("−", "-")) for cell in cells] == expected
        assert page.locator("#report-table tbody tr").count() == len(report["rows"])


def test_blank_chart_to_two_axes_with_keyboard_only(visit):
    page = visit("analyst")
    fill_query(page, preset="last_12_months", groupings=("Month",))
    run_query(page)
    page.locator("#show-chart > summary").focus()
    page.keyboard.press("Enter")
    for _ in range(5):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Blank Chart"
    page.keyboard.press("Enter")
    page.wait_for_url("**chart=line**")
    assert page.locator("#chart-blank").is_visible() and page.locator("#chart-frame").is_hidden()
    # Into the worksheet: the type first, then the figures.
    page.locator("#chart-title").evaluate("(title) => title.scrollIntoView()")
    reached = {}
    page.keyboard.press("Tab")
    for _ in range(80):
        where = page.evaluate(
            "() => { const e = document.activeElement; return [e.name ?? '', e.value ?? '', e.id]; }")
        if where[:2] == ["left", "active_qty"] or where[:2] == ["right", "refill_total"]:
            page.keyboard.press("Space")
            reached[where[0]] = True
        if where[0] == "chart" and "chart" not in reached:
            page.keyboard.press("ArrowDown")
            reached["chart"] = True
        if where[0] == "chart_title":
            page.keyboard.type("Clients and refills")
            break
        page.keyboard.press("Tab")
    assert reached == {"chart": True, "left": True, "right": True}
    until(
        page,
        "() => document.getElementById('report-chart').drawnChart()?.options.plugins.title.text === 'Clients and refills'")
    chart = drawn(page)
    assert [(one["field"], one["axis"]) for one in chart["series"]] == [("active_qty", "left"), ("refill_total", "right")]
    assert {"left", "right", "x"} <= set(chart["axes"])
    assert chart["series"][0]["fill"] == "origin", "the second type is the area"
    assert "chart_title=Clients" in page.url


def test_a_chart_by_package_has_a_series_for_each(visit):
    page = visit("analyst")
    fill_query(page, preset="last_12_months", groupings=("Month", "Package Name"))
    run_query(page)
    report = rows(page, report_id(page))
    packages = list(dict.fromkeys((row["package_id"], row["package"]) for row in report["rows"]))
    open_chart(page, "Packages: Renew Total")
    chart = drawn(page)
    months = sorted({row["month"] for row in report["rows"]})
    assert chart["labels"] == months
    names = [one["name"] for one in chart["series"]]
    assert len(names) == min(12, len(packages)) and len(set(names)) == len(names)
    for one in chart["series"]:
        mine = {row["month"]: float(row["renew_total"]) for row in report["rows"] if (row["package"] or "No package") == one["name"]}
        assert [round(v, 2) for v in one["values"]] == [round(mine.get(month, 0), 2) for month in months]
    # The other way round, and one month as a pie.
    turned = redrawn(page, lambda: page.get_by_role("radio", name="Packages").check())
    assert len(turned["labels"]) == len(packages) and len(turned["series"]) == min(12, len(months))
    redrawn(page, lambda: page.get_by_role("radio", name="Periods").check())
    pie = redrawn(page, lambda: page.locator("#chart-kind").select_option("pie"))
    # The last month in which anything was renewed.
    latest = max(row["month"] for row in report["rows"] if float(row["renew_total"]) > 0)
    assert pie["type"] == "pie" and latest in pie["title"]
    pie = redrawn(page, lambda: page.get_by_label("Period of the pie").select_option(months[0]))
    mine = {
        (row["package"] or "No package"): round(float(row["renew_total"]), 2)
        for row in report["rows"] if row["month"] == months[0]}
    assert dict(zip(pie["labels"], pie["series"][0]["values"])) == {name: value for name, value in mine.items() if value > 0}


def test_the_picture_the_link_and_the_print(visit, tmp_path):
    page = visit("analyst", accept_downloads=True)
    fill_query(page, preset="last_12_months", groupings=("Month",))
    run_query(page)
    open_chart(page, "Clients - Active: Qty")
    redrawn(page, lambda: page.locator("#chart-kind").select_option("bar"))
    redrawn(page, lambda: page.locator("[name=right][value=refill_total]").check())
    chart = redrawn(page, lambda: page.get_by_label("Legend").select_option("right"))
    page.wait_for_timeout(400)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PNG").click()
    assert download.value.suggested_filename.endswith(".png")
    picture = Image.open(io.BytesIO(open(download.value.path(), "rb").read())).convert("RGB")
    assert picture.width >= 600 and picture.height >= 250
    # Bars of the first colour, on an opaque ground.
    colours = {colour for _, colour in picture.getcolors(1 << 24)}
    assert len(colours) > 20 and picture.getpixel((1, 1)) == (255, 255, 255)

    page.locator("#copy-link").click()
    page.get_by_text("Link copied").first.wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = visit("admin", color_scheme="dark")
    other.goto(link)
    assert drawn(other) == chart
    # Sorting keeps the chart, and the chart keeps the order.
    other.locator('a[data-sort="refill_total"]').click()
    other.wait_for_url("**sort=refill_total**")
    assert "chart=bar" in other.url and "right=refill_total" in other.url
    other.reload()
    assert drawn(other) == chart

    other.emulate_media(media="print")
    pdf = other.pdf()
    assert pdf.startswith(b"%PDF") and len(pdf) > 20_000
    other.emulate_media(media="screen")
    other.locator("#chart-info > summary").click()
    assert "Data period" in other.locator("#chart-info").inner_text()
    other.get_by_role("link", name="Hide chart").click()
    other.wait_for_url(re.compile(r"/view\?id=[^&]+&sort="))
    assert other.locator("#report-chart").count() == 0


def test_without_scripts_the_worksheet_draws_a_table(visit):
    page = visit("analyst")
    fill_query(page, preset="last_12_months", groupings=("Month",))
    run_query(page)
    plain = visit("analyst", to=f"/view?id={report_id(page)}", java_script_enabled=False)
    plain.locator("#show-chart > summary").click()
    plain.get_by_role("link", name="Blank Chart").click()
    plain.locator("[name=left][value=all_qty]").check()
    plain.get_by_role("button", name="Draw").click()
    report = rows(page, report_id(page))
    plain.locator("#chart-data > summary").click()
    cells = plain.locator("#chart-figures tbody td").all_inner_texts()
    assert [int(cell.replace(",", "")) for cell in cells] == [row["all_qty"] for row in report["rows"]]


def test_settings_that_make_no_sense_are_told(visit):
    page = visit("analyst")
    fill_query(page, preset="last_12_months", groupings=("Month",))
    run_query(page)
    for settings, word in (("chart=cake", "cake"), ("chart=line&left=profit", "profit"), ("chart=line&legend=up", "up")):
        response = page.request.get(f"/reports/{report_id(page)}/chart?{settings}")
        assert response.status in (400, 422) and word in response.text()


def test_a_template_opens_with_its_chart(visit):
    page = visit("analyst")
    fill_query(page, preset="last_12_months", groupings=("Month",))
    run_query(page)
    open_chart(page, "Balance Refill: Total")
    chart = redrawn(page, lambda: page.locator("[name=right][value=active_qty]").check())
    open_form(page)
    expect(page.locator("#chart-settings-words")).to_have_text("Bar: Balance Refill: Total, Clients - Active: Qty")
    save_query(page, "Refills as a picture")
    page.goto("/templates")
    page.get_by_role("row", name=re.compile("Refills as a picture")).get_by_role("button", name=re.compile("Run")).click()
    page.wait_for_url("**/view?id=*chart=bar*")
    assert drawn(page)["series"] == chart["series"]
    # Loaded into the form, it may go without.
    page.goto("/templates")
    page.get_by_role("link", name="Refills as a picture").first.click()
    page.wait_for_url("**template=*")
    page.locator("[name=chart_settings]").uncheck()
    run_query(page)
    assert page.locator("#report-chart").count() == 0 and "chart" not in page.url
