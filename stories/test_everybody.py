"""The same pages by keyboard alone, without scripts, on a telephone, and for who cannot see them."""

import fcntl
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from test_story import PERIOD, fill_query, run_query

PAGES = ["/?new", "/reports", "/templates", "/account", "/sign-in"]
ADMINISTRATION = ["/administration", "/administration/users", "/administration/tokens", "/administration/audit"]


def violations(page):
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).response
    return [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit, scheme):
    page = visit("admin", color_scheme=scheme)
    found = {}
    for address in PAGES[:4] + ADMINISTRATION:
        page.goto(address)
        found[address] = violations(page)
    page.goto("/?new")
    fill_query(page, groupings=("Month",))
    run_query(page)
    found["report"] = violations(page)
    page.get_by_text("Info", exact=True).first.click()
    found["info"] = violations(page)
    page.get_by_role("button", name="Sign out").click()
    found["sign-in"] = violations(page)
    assert {address: v for address, v in found.items() if v} == {}


@pytest.mark.parametrize("width", [360, 768])
def test_no_page_is_wider_than_the_screen(visit, width):
    page = visit("admin", viewport={"width": width, "height": 740})
    wide = []
    def look(name):
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wide.append(name)
    for address in PAGES[:4] + ADMINISTRATION:
        page.goto(address)
        look(address)
    page.goto("/?new")
    fill_query(page, groupings=("Month", "Package name"))
    run_query(page)
    look("report")
    assert wide == []


def tab_to(page, locator, limit=120):
    """Presses Tab until the element has the focus."""
    for _ in range(limit):
        if locator.evaluate("e => e === document.activeElement"):
            return locator
        page.keyboard.press("Tab")
    raise AssertionError(f"{locator} cannot be reached by Tab")


def test_by_keyboard_alone(visit):
    page = visit("analyst", "/?new")
    tab_to(page, page.get_by_label("Period")).press("End")
    assert page.get_by_label("Period").input_value() == "custom"
    # Pieces of a date are typed one after the other.
    tab_to(page, page.get_by_label("From, date"))
    page.keyboard.type("01012025")
    tab_to(page, page.get_by_label("To, date"))
    page.keyboard.type("12312025")
    assert page.get_by_label("To, date").input_value() == PERIOD[1]
    tab_to(page, page.locator("#filters-menu"))
    page.keyboard.press("Enter")
    page.keyboard.type("tags")
    page.keyboard.press("Enter")
    box = page.get_by_role("combobox", name=re.compile("tag"))
    tab_to(page, box, 20)
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    assert page.locator("#filters .chip").count() == 1
    page.keyboard.press("Backspace")
    assert page.locator("#filters .chip").count() == 0
    for title in ("year", "month"):
        button = page.locator(f"#add-{title}")
        if button.is_visible():
            tab_to(page, button)
            page.keyboard.press("Enter")
    tab_to(page, page.locator("#move-up-month"))
    page.keyboard.press("Enter")
    chosen = page.locator("#groupings li:visible").all_inner_texts()
    assert "Month" in chosen[0]
    tab_to(page, page.locator("#run-query"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/view?id=*")
    assert "2025-01" in page.locator("table tbody tr").first.inner_text()
    link = page.get_by_role("link", name=re.compile("Renew Total")).first
    tab_to(page, link)
    page.keyboard.press("Enter")
    page.wait_for_selector("th[aria-sort]")


def test_without_scripts(visit):
    page = visit("analyst", "/?new", java_script_enabled=False)
    page.get_by_label("Period").select_option("custom")
    page.get_by_label("From, date").fill(PERIOD[0])
    page.get_by_label("To, date").fill(PERIOD[1])
    page.locator("#filters-menu").click()
    page.get_by_role("button", name="Client tags").click()
    page.wait_for_load_state()
    assert page.get_by_label("From, date").input_value() == PERIOD[0]
    for title in ("month", "package"):
        button = page.locator(f"#add-{title}")
        if button.is_visible():
            button.click()
            page.wait_for_load_state()
    page.locator("#move-up-package").click()
    page.wait_for_load_state()
    assert "Package" in page.locator("#groupings li:visible").first.inner_text()
    page.locator("#run-query").click()
    page.wait_for_url("**/view?id=*", timeout=20000)
    assert page.locator("table tbody tr").count() > 3
    page.get_by_role("link", name=re.compile("Renew Total")).first.click()
    page.wait_for_load_state()
    assert page.locator("th[aria-sort]").count() == 1


def test_a_long_run_shows_progress_and_can_be_cancelled(visit, server, tmp_path):
    """The ledger has changed, and another process is still busy with its columns: the run has to wait."""
    with open(server.folder + "/columns.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (tmp_path / "packages.csv").write_text("id,name\nnew-one,A new one\n")
        (tmp_path / "clients.csv").write_text(
            "id,name,type,owner_id,tags,currency,created_at,closed_at\nnew,New,client,,,EUR,2025-01-01T00:00:00Z,\n")
        server.run("import", str(tmp_path))
        page = visit("analyst", "/?new")
        fill_query(page, groupings=("Month",))
        page.locator("#run-query").click()
        page.wait_for_url("**/runs/*")
        assert page.get_by_role("progressbar").is_visible()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("cancelled").first.wait_for()
        page.get_by_role("link", name="Back to the query").click()
        assert page.get_by_label("From, date").input_value() == PERIOD[0]
        page.locator("#run-query").click()
        page.wait_for_url("**/runs/*")
    # The other process is done: this run goes on by itself, and the page with it.
    page.wait_for_url("**/view?id=*")
    assert page.locator("table tbody tr").count() == 12
