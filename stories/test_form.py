"""The query form: what stays, what is said beside a field, what opens with the page."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from steps import PERIOD, add_filter, choose, fill_query, open_form, run_query, save_query


def test_a_template_with_a_relative_period_stays_relative(visit):
    page = visit("analyst", "/?new")
    fill_query(page, preset="last_12_months", groupings=("Month",))
    save_query(page, "The last year")
    page.goto("/templates")
    row = page.get_by_role("row").filter(has_text="The last year")
    assert "Last 12 months" in row.inner_text()
    row.get_by_role("link", name="The last year").click()
    assert page.get_by_label("Period").input_value() == "last_12_months"
    assert page.get_by_label("From, date").is_hidden()
    # When it runs, it means the twelve whole months before the present one, where it is in the query's timezone.
    before = datetime.now(ZoneInfo("Europe/Kyiv"))
    run_query(page)
    months = [twelve_months_before(now) for now in (before, datetime.now(ZoneInfo("Europe/Kyiv")))]
    assert page.get_by_role("heading", level=2).last.inner_text() in months


def twelve_months_before(now):
    first = now.replace(day=1)
    return f"{first.replace(year=first.year - 1):%Y-%m-%d} to {first - timedelta(days=1):%Y-%m-%d}"


def test_the_default_template_opens_with_the_page(visit):
    page = visit("analyst", "/?new")
    fill_query(page, preset="last_quarter", timezone="Asia/Tokyo", groupings=("Date",))
    save_query(page, "Opens with the page")
    page.goto("/templates")
    row = page.get_by_role("row").filter(has_text="Opens with the page")
    row.locator("summary").click()
    row.get_by_role("button", name="Open by default").click()
    page.get_by_text("Default", exact=True).wait_for()
    page.goto("/")
    assert page.get_by_label("Period").input_value() == "last_quarter"
    assert page.get_by_label("Timezone", exact=True).input_value() == "Asia/Tokyo"
    assert page.locator("#groupings li:visible .grouping-title").all_inner_texts() == ["Date"]
    page.get_by_role("link", name="Start afresh").click()
    assert page.get_by_label("Timezone", exact=True).input_value() != "Asia/Tokyo"
    page.goto("/templates")
    row.locator("summary").click()
    row.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.locator("main > .notice").wait_for()
    expect(row).to_have_count(0)
    page.goto("/")
    assert page.get_by_label("Timezone", exact=True).input_value() != "Asia/Tokyo"


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(visit):
    page = visit("analyst", "/?new")
    fill_query(page, timezone="Europe/Atlantis", groupings=("Date",))
    page.get_by_label("Active duration").fill("700")
    page.locator("#run-query").click()
    page.locator("#timezone-error").wait_for()
    assert "Europe/Atlantis" in page.locator("#timezone-error").inner_text()
    assert page.locator("#active_months-error").is_visible()
    # The first field that is wrong has the focus, and says so.
    zone = page.get_by_label("Timezone", exact=True)
    assert zone.evaluate("e => e === document.activeElement")
    assert zone.get_attribute("aria-invalid") == "true" and zone.get_attribute("aria-describedby") == "timezone-error"
    assert zone.input_value() == "Europe/Atlantis"
    assert page.get_by_label("Active duration").input_value() == "700"
    assert page.get_by_label("From, date").input_value() == PERIOD[0]
    assert page.locator("#groupings li:visible .grouping-title").all_inner_texts() == ["Date"]
    zone.fill("Europe/Kyiv")
    page.get_by_label("Active duration").fill("7")
    run_query(page)
    page.locator("#info > summary").click()
    assert "7 months" in page.locator("#info").inner_text()


def test_a_reload_keeps_the_form_above_a_report(visit):
    page = visit("analyst", "/?new")
    fill_query(page, groupings=("Year",))
    add_filter(page, "tags")
    tag = choose(page, "tags")
    run_query(page)
    open_form(page)
    page.get_by_label("Any or all").select_option("all")
    page.get_by_label("Active duration").fill("9")
    page.reload()
    expect(page.get_by_label("Active duration")).to_have_value("9")
    assert page.locator(".chip").inner_text().startswith(tag)
    assert page.get_by_label("Any or all").input_value() == "all"
    assert page.locator("table.report tbody tr").count() == 1


@pytest.mark.parametrize("name, sees_others", [("reseller", False), ("analyst", True)])
def test_what_one_company_sees_is_not_suggested_to_another(visit, server, name, sees_others):
    page = visit(name, "/?new")
    for owner, is_seen in ((server.mine, True), (server.others, sees_others)):
        found = page.request.get(f"/suggestions?kind=owners&q={owner}").json()["suggestions"]
        assert (owner in [suggestion["id"] for suggestion in found]) == is_seen
