"""The whole story: a query with filters and groupings, its report, the link that is sent, and templates to come back to."""

import re

import pytest

from conftest import Visitor

PERIOD = ("2025-01-01", "2025-12-31")


def add_filter(page, title):
    page.locator("#filters-menu").click()
    page.get_by_label("Find a filter").fill(title)
    page.keyboard.press("Enter")


def choose(page, label, text):
    """Types into a filter and takes the first suggestion; returns its name."""
    box = page.get_by_role("combobox", name=re.compile(label))
    box.fill(text)
    option = page.get_by_role("option").first
    option.wait_for()
    name = option.inner_text().split("\n")[0].strip()
    box.press("ArrowDown")
    box.press("Enter")
    return name


def fill_query(page, preset=None, timezone="Europe/Kyiv", groupings=("Month", "Package name")):
    if preset:
        page.get_by_label("Period").select_option(preset)
    else:
        page.get_by_label("Period").select_option("custom")
        page.get_by_label("From, date").fill(PERIOD[0])
        page.get_by_label("To, date").fill(PERIOD[1])
    page.get_by_label("Timezone").fill(timezone)
    for remove in page.get_by_role("button", name=re.compile("Do not group by")).all():
        if remove.is_visible():
            remove.click()
    for title in groupings:
        page.get_by_role("button", name=re.compile(f"Group by {title}", re.I)).click()


def run_query(page):
    page.locator("#run-query").click()
    page.wait_for_url("**/view?id=*")
    return page.locator("table").first


@pytest.mark.parametrize("name", ["admin", "reseller"])
def test_from_question_to_link_and_template(visit, name, server):
    page = visit(name, "/?new")
    fill_query(page)
    add_filter(page, "Client type")
    page.get_by_label("Client", exact=True).check()
    page.get_by_label("Call shop").check()
    add_filter(page, "tags")
    tag = choose(page, "tag", "")
    add_filter(page, "Package")
    package = choose(page, "Package", "")
    # The other order, and back, without a mouse.
    page.get_by_role("button", name=re.compile("Move Package name up", re.I)).click()
    page.get_by_role("button", name=re.compile("Move Package name down", re.I)).click()
    table = run_query(page)
    titles = [cell.inner_text() for cell in table.locator("thead th").all()]
    assert [t for t in titles if "Clients - " in t or t.startswith(("Balance Refill", "Pay As You Go", "Packages"))]
    rows = table.locator("tbody tr")
    assert rows.count() >= 1
    assert "Total" in page.locator("tfoot").inner_text()
    # Sorting: the rows are the same, in another order.
    before = sorted(rows.all_inner_texts())
    page.get_by_role("link", name=re.compile("Renew Total")).first.click()
    page.wait_for_selector('th[aria-sort="ascending"], th[aria-sort="descending"]')
    assert sorted(page.locator("table tbody tr").all_inner_texts()) == before
    # Info.
    page.get_by_text("Info", exact=True).first.click()
    info = page.locator("#info").inner_text()
    assert "2025-01-01" in info and "Europe/Kyiv" in info
    assert ("Administrator" if name == "admin" else "Reseller") in info
    assert tag in info and "call shop" in info.lower()
    address = page.url.split("&")[0]
    # Somebody of another company opens the link: the same figures, an empty form, a role instead of a name.
    other = visit("other", address.replace(server.address, ""))
    assert sorted(other.locator("table tbody tr").all_inner_texts()) == before
    assert package not in other.locator("#query-form").inner_text()
    assert name not in other.locator("#info").inner_text().split()
    assert other.get_by_text("Revoke the link").count() == 0
    # Revoked, it is gone for them and still there for its owner.
    page.locator("#sharing > summary").click()
    page.get_by_role("button", name="Revoke the link").click()
    page.wait_for_load_state()
    answer = other.goto(address)
    assert answer.status == 404
    assert page.goto(address).status == 200
    page.locator("#sharing > summary").click()
    page.get_by_role("button", name="Restore the link").click()
    page.wait_for_load_state()
    assert other.goto(address).status == 200
    # Saved under a name, and loaded again.
    page.goto(address)
    page.locator(".query-fold > summary").click()
    page.locator("#save-query").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(f"Call shops of {name}")
    dialog.get_by_label("Description").fill("for the Monday meeting")
    dialog.get_by_label("My company").check()
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Saved").first.wait_for()
    page.goto("/?new")
    page.locator("#load-query > summary").click()
    page.get_by_role("link", name=re.compile(f"Call shops of {name}")).click()
    assert page.get_by_label("Call shop").is_checked()
    assert package in page.locator("#query-form").inner_text()
    again = run_query(page)
    assert sorted(again.locator("tbody tr").all_inner_texts()) == before


def test_a_template_with_a_relative_period_stays_relative(visit):
    page = visit("analyst", "/?new")
    fill_query(page, preset="last_12_months", groupings=("Month",))
    page.locator("#save-query").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("The last year")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Saved").first.wait_for()
    page.goto("/templates")
    assert "Last 12 months" in page.locator("main").inner_text()
    page.get_by_role("link", name=re.compile("The last year")).first.click()
    assert page.get_by_label("Period").input_value() == "last_12_months"


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(visit):
    page = visit("analyst", "/?new")
    fill_query(page, timezone="Europe/Atlantis", groupings=("Date",))
    page.get_by_label("Active duration").fill("7")
    page.locator("#run-query").click()
    page.locator("#timezone-error").wait_for()
    assert "Europe/Atlantis" in page.locator("#timezone-error").inner_text()
    assert page.get_by_label("Timezone").input_value() == "Europe/Atlantis"
    assert page.get_by_label("Active duration").input_value() == "7"
    assert page.get_by_label("From, date").input_value() == PERIOD[0]


def test_what_one_company_sees_is_not_suggested_to_another(visit, server):
    page = visit("reseller", "/?new")
    for kind, own in (("owners", server.mine), ("owners", server.others)):
        found = page.request.get(f"/suggestions?kind={kind}&q={own}").text()
        assert (own in found) == (own == server.mine)


def test_exporting_takes_exactly_what_is_displayed(visit, server):
    page = visit("analyst", "/?new")
    fill_query(page, groupings=("Month",))
    run_query(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export to CSV").click()
    text = open(download.value.path(), encoding="utf-8-sig").read()
    lines = text.splitlines()
    shown = page.locator("table tbody tr").first.locator("th, td").all_inner_texts()
    assert lines[1].split(",")[0] == shown[0] == "2025-01"
    assert lines[1].split(",")[1] == shown[1].replace(",", "")
    assert lines[-1].startswith("Total,")


def test_a_report_outlives_restarts_imports_and_rerating(visit, server, chromium, tmp_path):
    page = visit("analyst", "/?new")
    fill_query(page, groupings=("Month",))
    run_query(page)
    identifier = re.search(r"id=([\w-]+)", page.url).group(1)
    before = page.request.get(f"/api/v1/reports/{identifier}").body()
    # A rerating: everything that was charged in one month is withdrawn by other amounts.
    (tmp_path / "clients.csv").write_text(
        "id,name,type,owner_id,tags,currency,created_at,closed_at\nlate,Late,client,,,EUR,2025-01-01T00:00:00Z,\n")
    (tmp_path / "transactions.csv").write_text(
        "id,client_id,at,kind,amount,package_id\nlate-1,late,2025-03-01T00:00:00Z,refill,1000000,\n")
    server.run("import", str(tmp_path))
    server.stop()
    server.start()
    visitor = Visitor(chromium, server)
    again = visitor.sign_in("analyst")
    assert again.request.get(f"/api/v1/reports/{identifier}").body() == before
    again.goto("/?new")
    fill_query(again, groupings=("Month",))
    run_query(again)
    fresh = re.search(r"id=([\w-]+)", again.url).group(1)
    assert again.request.get(f"/api/v1/reports/{fresh}").json()["total"] != again.request.get(
        f"/api/v1/reports/{identifier}").json()["total"]
    visitor.close()
