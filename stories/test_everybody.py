"""The same pages by keyboard alone, without scripts, on a telephone, and for who cannot see them."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from steps import PERIOD, add_filter, choose, fill_query, open_form, report_id, run_query, save_query

PAGES = ["/?new", "/reports", "/reports?list=shared", "/templates", "/account", "/api", "/no-such-page"]
ADMINISTRATION = [
    "/administration", "/administration/users", "/administration/users/new", "/administration/tokens",
    "/administration/tokens/new", "/administration/mail", "/administration/audit"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page):
    found = Axe().run(page, options={"runOnly": RULES}).response
    return [(v["id"], v["help"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found["violations"]]


def every_state(page):
    """Walks through all pages and what opens on them; yields the name of each."""
    page.goto("/?new")
    fill_query(page, groupings=("Month", "Package Name"))
    add_filter(page, "type")
    page.get_by_label("Reseller", exact=True).check()
    add_filter(page, "Owner")
    choose(page, "Owner")
    page.get_by_role("combobox", name="Owner").press("ArrowDown")
    page.locator("[role='option']:visible").first.wait_for()
    yield "form with filters, a list open"
    page.keyboard.press("Escape")
    page.locator("#filters-menu").click()
    yield "menu of filters"
    page.keyboard.press("Escape")
    page.locator("#save-query").click()
    yield "dialog to save"
    page.get_by_role("dialog").get_by_text("Schedule", exact=True).click()
    page.get_by_label("Repeats").select_option("weekly")
    yield "dialog to save, with a schedule"
    page.keyboard.press("Escape")
    save_query(page, "Every state")
    page.locator("#load-query > summary").click()
    yield "menu of templates"
    page.get_by_label("Timezone", exact=True).fill("Nowhere")
    page.locator("#run-query").click()
    page.locator("#timezone-error").wait_for()
    yield "form with a mistake"
    page.get_by_label("Timezone", exact=True).fill("UTC")
    run_query(page)
    yield "report"
    identifier = report_id(page)
    for menu in ("info", "show-chart", "sharing"):
        page.locator(f"#{menu} > summary").click()
        yield f"report, {menu}"
        page.keyboard.press("Escape")
    open_form(page)
    yield "report, form open"
    page.goto(f"/view?id={identifier}&chart=line")
    yield "blank chart"
    page.goto(f"/view?id={identifier}&chart=bar&left=active_qty&right=refill_total")
    page.locator("#chart-frame").wait_for()
    page.locator("#chart-data > summary").click()
    yield "chart, its figures open"
    page.locator("#chart-info > summary").click()
    yield "chart, info"
    for address in PAGES + ADMINISTRATION:
        page.goto(address)
        yield address
    page.goto(f"/reports/{identifier}/delete")
    yield "confirmation"
    page.goto(f"/reports/{identifier}/mail")
    yield "mail of a report"
    page.goto("/templates")
    page.get_by_role("row", name="Every state").first.get_by_label("More for").click()
    page.get_by_role("link", name="Schedule and runs").first.click()
    page.get_by_label("Repeats").select_option("monthly")
    yield "schedule"
    page.get_by_role("button", name="Save schedule").click()
    page.get_by_role("button", name="Run now").click()
    page.locator(".badge", has_text="Finished").first.wait_for()
    yield "schedule with a run"
    page.goto("/reports")
    page.locator("tbody .menu > summary").first.click()
    yield "menu of a row"
    page.get_by_role("link", name="Set expiry").first.click()
    page.get_by_role("dialog").wait_for()
    yield "dialog of a row"
    page.goto("/account")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in")
    yield "sign-in"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit, scheme):
    page = visit("admin", color_scheme=scheme)
    found = {name: violations(page) for name in every_state(page)}
    assert {name: v for name, v in found.items() if v} == {}


@pytest.mark.parametrize("width", [360, 768])
def test_no_page_is_wider_than_the_screen(visit, width):
    page = visit("admin", viewport={"width": width, "height": 740})
    widths = {name: page.evaluate("document.documentElement.scrollWidth") for name in every_state(page)}
    assert {name: w for name, w in widths.items() if w > width} == {}


@pytest.mark.parametrize("name", ["admin", "reseller"])
def test_on_a_telephone(visit, name):
    page = visit(name, "/?new", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    fill_query(page, groupings=("Month", "Package Name"))
    add_filter(page, "tags")
    choose(page, "tags")
    run_query(page)
    # Of the table's frame, what tells rows apart takes less than two thirds, so that figures are seen beside it.
    frame = page.locator("#report-table").bounding_box()
    stuck = page.locator("table.report tbody tr").first.locator("th").last.bounding_box()
    assert stuck["x"] + stuck["width"] - frame["x"] < frame["width"] * 2 / 3
    page.locator("#report-table").evaluate("e => e.scrollTo(e.scrollWidth, 0)")
    assert page.locator("table.report tbody tr").first.locator("th").last.bounding_box() == stuck
    # What is pressed with a finger is at least 24 pixels high and wide (WCAG 2.2, 2.5.8).
    small = page.evaluate("""() => [...document.querySelectorAll('button, a.button, summary, input, select')]
        .filter((e) => e.checkVisibility()).map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, b]) => b.width > 1 && b.height > 1 && (b.width < 24 || b.height < 24)).map(([html]) => html)""")
    assert small == []


def tab_to(page, locator, limit=120):
    """Presses Tab until the element has the focus."""
    for _ in range(limit):
        if locator.evaluate("e => e === document.activeElement"):
            return locator
        page.keyboard.press("Tab")
    raise AssertionError(f"{locator} cannot be reached by Tab")


@pytest.mark.parametrize("name", ["admin", "reseller"])
def test_by_keyboard_alone(visit, name):
    page = visit(name, "/?new")
    preset = tab_to(page, page.get_by_label("Period"))
    preset.press("End")
    assert preset.input_value() == "custom"
    # Pieces of a date are typed one after the other.
    tab_to(page, page.get_by_label("From, date"))
    page.keyboard.type("01012025")
    tab_to(page, page.get_by_label("To, date"))
    page.keyboard.type("12312025")
    assert page.get_by_label("To, date").input_value() == PERIOD[1]
    tab_to(page, page.locator("#filters-menu"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Find a filter")).to_be_focused()
    page.keyboard.type("tags")
    page.keyboard.press("Enter")
    box = page.get_by_role("combobox", name=re.compile("tag"))
    tab_to(page, box, 20)
    page.locator("[role='option']:visible").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#filters .chip").count() == 1
    page.keyboard.press("Backspace")
    assert page.locator("#filters .chip").count() == 0
    for title in ("year", "month"):
        if page.locator(f"#add-{title}").is_visible():
            tab_to(page, page.locator(f"#add-{title}"))
            page.keyboard.press("Enter")
    tab_to(page, page.locator("#move-up-month"))
    page.keyboard.press("Enter")
    assert page.locator("#groupings li:visible .grouping-title").all_inner_texts()[0] == "Month"
    tab_to(page, page.locator("#run-query"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/view?id=*")
    assert "2025-01" in page.locator("table.report tbody tr").first.inner_text()
    tab_to(page, page.locator("#info > summary"))
    assert "Generated by" in page.locator("#info").inner_text()
    title = tab_to(page, page.locator("a[data-sort='renew_total']"))
    page.locator("#floating-tip:popover-open").wait_for()
    # What has the focus is in sight, beside the columns that stay.
    stuck = page.locator("table.report thead .g").last.bounding_box()
    assert title.bounding_box()["x"] >= stuck["x"] + stuck["width"] - 1
    page.keyboard.press("Enter")
    page.locator("th[aria-sort=descending]").wait_for()
    # Sorted in place, the focus stays where it was.
    assert title.evaluate("e => e === document.activeElement")


@pytest.mark.parametrize("name", ["admin", "reseller"])
def test_without_scripts(visit, name):
    page = visit(name, "/?new", java_script_enabled=False)
    page.get_by_label("Period").select_option("custom")
    page.get_by_label("From, date").fill(PERIOD[0])
    page.get_by_label("To, date").fill(PERIOD[1])
    page.locator("#filters-menu").click()
    page.get_by_role("button", name="Client tags").click()
    page.locator("[data-filter=tags]").wait_for()
    assert page.get_by_label("From, date").input_value() == PERIOD[0]
    page.locator("[data-filter=tags]").get_by_role("button", name="Find").click()
    match = page.locator("[data-filter=tags] .matches button").first
    tag = match.inner_text()
    match.click()
    assert page.locator("[data-filter=tags] .chip").inner_text().startswith(tag)
    titles = page.locator("#groupings li:visible .grouping-title")
    for title in ("month", "package"):
        if page.locator(f"#add-{title}").is_visible():
            page.locator(f"#add-{title}").click()
    page.locator("#move-up-package").click()
    assert titles.first.inner_text() == "Package Name"
    # A query is saved on a page of its own.
    page.locator("#save-query").click()
    page.get_by_label("Name").fill("Without scripts")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved as “Without scripts”").wait_for()
    assert titles.all_inner_texts() == ["Package Name", "Month"]
    page.locator("#run-query").click()
    page.wait_for_url("**/view?id=*", timeout=20000)
    assert page.locator("table.report tbody tr").count() > 3
    page.locator("a[data-sort='renew_total']").click()
    page.locator("th[aria-sort=descending]").wait_for()
    page.locator("#info > summary").click()
    assert tag in page.locator("#info").inner_text()
    assert page.get_by_role("textbox", name="Link").input_value().startswith("http")
    page.goto("/templates")
    row = page.get_by_role("row").filter(has_text="Without scripts")
    row.locator("summary").click()
    row.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
