"""The query form in a browser: what scripts make quicker, and that nothing which was typed gets lost."""

import re

from steps import add_filter, fill_query, run_query


def groupings(page):
    return page.locator("#groupings li:visible .grouping-title").all_inner_texts()


def chips(page):
    return page.locator("#filters .chip-name").all_inner_texts()


def test_rows_are_reordered_by_dragging(visit):
    page = visit("analyst", "/?new")
    for title in ("package", "year"):
        page.locator(f"#add-{title}").click()
    assert groupings(page) == ["Month", "Package Name", "Year"]
    row = page.locator("[data-grouping=year] .handle").bounding_box()
    target = page.locator("[data-grouping=month]").bounding_box()
    page.mouse.move(row["x"] + 3, row["y"] + 8)
    page.mouse.down()
    page.mouse.move(target["x"] + 30, target["y"] + 3, steps=12)
    page.mouse.up()
    assert groupings(page) == ["Year", "Month", "Package Name"]
    assert page.locator("#form-status").inner_text() == "Year: 1 of 3"
    assert page.locator("#move-up-year").get_attribute("aria-disabled") == "true"
    sent = page.evaluate("new FormData(document.querySelector('#query-form')).getAll('group_by')")
    assert sent == ["year", "month", "package"]


def test_enter_waits_for_the_list_of_what_was_typed(visit):
    page = visit("analyst", "/?new")
    add_filter(page, "tags")
    page.locator("#filters [role=option]").first.wait_for()
    tag = page.locator("#filters [role=option] span").nth(1).inner_text()
    page.route("**/suggestions**", lambda route: (page.wait_for_timeout(300), route.continue_()))
    # Faster than the server: Enter belongs to the letters, not to the list that is still there from before.
    page.keyboard.type(tag)
    page.keyboard.press("Enter")
    page.locator("#filters .chip").wait_for()
    assert chips(page) == [tag]
    assert page.url.endswith("/?new")
    page.keyboard.type("nothing is called like this")
    page.get_by_text("Nothing holds").wait_for()
    page.keyboard.press("Escape")
    page.locator("#run-query").click()
    page.locator("#tags-error").wait_for()
    assert page.evaluate("document.activeElement.id") == "tags-search"
    assert page.locator("#tags-search").input_value() == "nothing is called like this"


def test_the_form_survives_a_reload_and_the_way_back(visit):
    page = visit("analyst", "/?new", timezone_id="Asia/Tokyo")
    assert page.get_by_label("Timezone", exact=True).input_value() == "Asia/Tokyo"
    page.get_by_label("Period").select_option("this_year")
    page.locator("#add-package").click()
    page.locator("#move-up-package").click()
    add_filter(page, "Owner")
    page.locator("#filters [role=option]").first.click()
    page.get_by_label("Active duration").fill("7")
    owner = chips(page)

    def look():
        page.locator("#filters .chip").wait_for()
        assert chips(page) == owner
        assert groupings(page) == ["Package Name", "Month"]
        assert page.get_by_label("Period").input_value() == "this_year"
        assert page.get_by_label("Timezone", exact=True).input_value() == "Asia/Tokyo"
        assert page.get_by_label("Active duration").input_value() == "7"

    page.reload()
    look()
    page.locator("#run-query").click()
    page.wait_for_url("**/view?id=*")
    page.go_back()
    look()
    # A new visit begins anew.
    page.goto("/?new")
    assert chips(page) == []
    assert groupings(page) == ["Month"]


def test_mistakes_above_a_report_leave_the_report_there(visit):
    page = visit("analyst", "/?new")
    fill_query(page, groupings=("Month",))
    run_query(page)
    assert not page.locator("#query-form").is_visible()
    assert "2025-01-01 to 2025-12-31, Europe/Kyiv" in page.locator(".query-fold > summary").inner_text()
    page.locator(".query-fold > summary").click()
    page.get_by_label("To, date").fill("2024-12-31")
    page.locator("#run-query").click()
    page.locator("#to-error").wait_for()
    assert "not after its start" in page.locator("#to-error").inner_text()
    assert page.evaluate("document.activeElement.id") == "to"
    assert page.locator("table.report tbody tr").count() == 12
    page.get_by_label("To, date").fill("2025-06-30")
    address = page.url
    page.locator("#run-query").click()
    page.wait_for_url(lambda other: "/view?id=" in other and other != address)
    assert page.locator("table.report tbody tr").count() == 6


def test_a_query_is_saved_without_leaving_and_can_be_replaced(visit):
    page = visit("analyst", "/?new")
    page.locator("#save-query").click()
    dialog = page.get_by_role("dialog")
    page.keyboard.press("Enter")
    page.locator("#save-name-error").get_by_text("empty").wait_for()
    dialog.get_by_label("Name").fill("Kept <b>here</b>")
    page.keyboard.press("Enter")
    page.get_by_text("Saved as").wait_for()
    assert page.url.endswith("/?new")
    page.get_by_label("Active duration").fill("9")
    page.locator("#save-query").click()
    assert dialog.get_by_label("Name").input_value() == "Kept <b>here</b>"
    assert dialog.get_by_label(re.compile("Replace")).is_checked()
    dialog.get_by_label("Name").fill("Kept there")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Saved as “Kept there”").wait_for()
    page.locator("#load-query > summary").click()
    assert page.get_by_role("link", name=re.compile("^Kept")).all_inner_texts()[0].startswith("Kept there")
    assert page.get_by_role("link", name=re.compile("^Kept")).count() == 1
    page.get_by_role("link", name=re.compile("^Kept there")).click()
    page.wait_for_url("**/?template=*")
    assert page.get_by_label("Active duration").input_value() == "9"
