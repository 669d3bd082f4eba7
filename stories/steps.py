"""What people do on the pages, in the words of the pages."""

import re

from playwright.sync_api import expect

PERIOD = ("2025-01-01", "2025-12-31")


def open_form(page):
    """Above a report the form is one line; a press opens it."""
    fold = page.locator(".query-fold")
    if fold.count() and fold.get_attribute("open") is None:
        fold.locator("> summary").click()


def add_filter(page, title):
    """Opens the menu, types a part of a filter's name, and takes the first hit."""
    page.locator("#filters-menu").click()
    # It gets the focus as it opens; what is typed before that would go elsewhere.
    expect(page.get_by_label("Find a filter")).to_be_focused()
    page.get_by_label("Find a filter").fill(title)
    page.keyboard.press("Enter")


def choose(page, label, text=""):
    """Types into a filter and takes the first suggestion; returns its name."""
    box = page.get_by_role("combobox", name=re.compile(label))
    box.fill(text)
    if not text:
        box.press("ArrowDown")
    option = page.locator("[role='option']:visible", has_text=text).first
    option.wait_for()
    name = option.locator("span").first.inner_text()
    option.click()
    page.locator(".chip", has_text=name).wait_for()
    return name


def fill_query(page, preset=None, period=PERIOD, timezone="Europe/Kyiv", groupings=("Month", "Package Name")):
    if preset:
        page.get_by_label("Period").select_option(preset)
    else:
        page.get_by_label("Period").select_option("custom")
        page.get_by_label("From, date").fill(period[0])
        page.get_by_label("To, date").fill(period[1])
    page.get_by_label("Timezone", exact=True).fill(timezone)
    page.keyboard.press("Escape")
    while (chosen := page.get_by_role("button", name=re.compile("Do not group by"))).count():
        chosen.first.click()
    for title in groupings:
        page.get_by_role("button", name=f"Group by {title}", exact=True).click()


def run_query(page):
    page.locator("#run-query").click()
    page.wait_for_url("**/view?id=*")
    return page.locator("table.report")


def rows_of(page):
    """The figures of all rows and the total, whatever their order."""
    return sorted(page.locator("table.report tbody tr").all_inner_texts()), page.locator("table.report tfoot").inner_text()


def sort_by(page, field):
    """Presses a column's title; returns the direction."""
    page.locator(f"a[data-sort='{field}']").click()
    page.locator(f"th[aria-sort]:has(a[data-sort='{field}'])").wait_for()
    page.locator("#report-table:not([aria-busy])").wait_for()
    return page.locator(f"th:has(a[data-sort='{field}'])").get_attribute("aria-sort")


def save_query(page, name, description="", visibility=None):
    page.locator("#save-query").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    if description:
        dialog.get_by_label("Description").fill(description)
    if visibility:
        dialog.get_by_label(visibility).check()
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text(f"Saved as “{name}”").wait_for()


def number(text):
    """A figure as a page shows it to who reads English."""
    return float(text.replace(",", "").replace("\u2212", "-"))


def report_id(page):
    return re.search(r"id=([\w-]+)", page.url).group(1)
