"""Pictures of every page, light and dark, on a wide screen and on a telephone, into docs/screenshots: `make screenshots`.

The ledger is always the same one (`demo --seed 1 --through 2025-12-31`); times of runs and sign-ins are those of the day.
Names as arguments take only these pictures: `screenshots.py report-by-month info`.
"""

import fcntl
import io
import pathlib
import sys
import tempfile

from PIL import Image
from playwright.sync_api import sync_playwright

from conftest import CHROMIUM, PASSWORDS, ROOT, Server, Visitor
from mail import MailServer
from steps import add_filter, choose, fill_query, report_id, run_query, save_query

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
TALLEST = 1300
FIVE_YEARS = ("2021-01-01", "2025-12-31")

# What the pictures show, in the order of docs/screenshots.md.
TITLES = {
    "query-form": "The query form, with three filters and two groupings",
    "report-by-month": "A report by month",
    "report-by-month-and-package": "A report by month and package",
    "chart": "A chart by month and package, with its worksheet",
    "chart-of-two-axes": "A chart with two axes",
    "info": "*Info*: where the figures come from, and why they begin later than was asked for",
    "long-report": "23,588 rows by date and package, scrolled to the middle",
    "run": "A run that has to wait",
    "save-query": "*Save Query*",
    "send-to": "*Send to*, with addresses of which one is none",
    "templates": "Templates",
    "schedule": "When a template runs by itself, and how its runs went",
    "report-mail": "*E-mail this report*: who got it",
    "my-reports": "My reports",
    "sign-in": "Sign in",
    "account": "My account",
    "error": "A link that was revoked, or never was",
    "administration": "Administration: overview",
    "users": "Administration: users",
    "add-user": "Administration: a new user",
    "tokens": "Administration: access tokens",
    "mail": "Administration: mail",
    "audit-log": "Administration: the audit log",
    "http-interface": "The HTTP interface, as a page",
}


def filled_server(folder):
    """A server whose people have already done something."""
    server = Server(folder)
    server.run("demo", "--clients", "1000", "--years", "5", "--seed", "1", "--through", "2025-12-31")
    for name in ("admin", "analyst", "reseller"):
        server.run("user", "set-password", name, stdin=PASSWORDS[name] + "\n")
    server.run("user", "add", "olena", "--role", "analyst", stdin="only for the pictures\n")
    server.run("user", "disable", "olena")
    server.run("token", "create", "nightly-import", "--role", "ledger_writer", "--expires", "2099-12-31")
    server.run("token", "create", "dashboard", "--role", "analyst")
    server.run("user", "set-email", "admin", "ann@operator.example")
    server.mail = MailServer(folder + "/mail")
    return server.start(**server.mail.settings, CUSTOMER_DYNAMICS_WEB_PUBLIC_ADDRESS="https://reports.operator.example")


def fill_three_filters(page):
    fill_query(page, groupings=("Month", "Package Name"))
    add_filter(page, "Client type")
    page.locator("#filters").get_by_label("Client", exact=True).check()
    page.locator("#filters").get_by_label("Call shop").check()
    add_filter(page, "tags")
    choose(page, "tags", "prepaid")
    choose(page, "tags", "mobile")
    add_filter(page, "Package")
    choose(page, "Package", "Start 100")
    choose(page, "Package", "Family 500")
    page.keyboard.press("Escape")


def prepared(browser, server):
    """Reports and templates of several people; returns the ids of the reports that are shown."""
    reports = {}
    visitor = Visitor(browser, server)
    page = visitor.sign_in("analyst", "/?new")
    fill_query(page, preset="last_month", groupings=("Date", "Package Name"))
    save_query(page, "Last month, day by day", "What the Monday meeting looks at first", "My company")
    page.goto("/?new")
    fill_query(page, groupings=("Month",))
    run_query(page)
    reports["shared"] = report_id(page)
    visitor.close()
    visitor = Visitor(browser, server)
    page = visitor.sign_in("admin", f"/view?id={reports['shared']}")
    page.goto("/?new")
    fill_query(page, preset="last_12_months", groupings=("Month",))
    save_query(page, "The last year", "", "Everyone")
    page.goto("/?new")
    fill_three_filters(page)
    save_query(page, "Prepaid, by package", "Start 100 and Family 500 only", "Only me")
    for name, period, groupings in (
            ("month", ("2025-01-01", "2025-12-31"), ("Month",)),
            ("package", ("2025-01-01", "2025-12-31"), ("Month", "Package Name")),
            ("early", ("2020-07-01", "2021-06-30"), ("Month",)),
            ("long", FIVE_YEARS, ("Date", "Package Name"))):
        page.goto("/?new")
        fill_query(page, period=period, groupings=groupings)
        run_query(page)
        reports[name] = report_id(page)
    page.goto("/?new")
    fill_query(page, preset="last_month", groupings=("Date",))
    page.get_by_label("Type", exact=True).select_option("xlsx")
    page.locator("#send-to").fill("director@operator.example, finance@operator.example")
    page.locator("#send-to").press("Enter")
    save_query(page, "Monday figures", "For the meeting", "My company")
    page.goto("/templates")
    page.get_by_role("row", name="Monday figures").get_by_label("More for").click()
    page.get_by_role("link", name="Schedule and runs").locator("visible=true").click()
    page.get_by_label("Repeats").select_option("weekly")
    page.get_by_label("At", exact=True).fill("07:30")
    page.get_by_label("By the clocks of").fill("Europe/Kyiv")
    page.get_by_role("button", name="Save schedule").click()
    page.get_by_role("button", name="Send now").click()
    page.get_by_role("link", name="2 sent").wait_for()
    reports["schedule"] = page.url.split("?")[0]
    reports["sent"] = page.get_by_role("link", name="2 sent").get_attribute("href")
    visitor.close()
    return reports


def pictures(page, reports):
    """Goes from page to page as an administrator; yields the name of each picture when it is there to be taken."""
    page.goto("/?new")
    fill_three_filters(page)
    yield "query-form"
    page.locator("#save-query").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Prepaid, by package")
    yield "save-query"
    page.goto("/?new")
    page.get_by_label("Type", exact=True).select_option("csv")
    page.locator("#send-to").fill("director@operator.example finance.operator.example")
    page.locator("#send-to").press("Enter")
    yield "send-to"
    page.goto(f"/view?id={reports['month']}")
    yield "report-by-month"
    page.goto(f"/view?id={reports['package']}")
    yield "report-by-month-and-package"
    page.goto(f"/view?id={reports['package']}&chart=stacked&left=renew_total")
    page.locator("#chart-frame").wait_for()
    page.wait_for_timeout(600)
    yield "chart"
    page.goto(f"/view?id={reports['month']}&chart=line&left=active_qty&left=all_qty&right=refill_total")
    page.locator("#chart-frame").wait_for()
    page.wait_for_timeout(600)
    yield "chart-of-two-axes"
    page.goto(f"/view?id={reports['early']}")
    page.locator("#info > summary").click()
    yield "info"
    page.goto(f"/view?id={reports['long']}")
    page.locator("#report-table.windowed").wait_for()
    page.locator("#report-table").evaluate("e => e.scrollTo(0, e.scrollHeight / 2)")
    page.locator("tbody th", has_text="2023-").first.wait_for()
    yield "long-report"
    for name, address in (
            ("my-reports", "/reports"), ("templates", "/templates"), ("account", "/account"), ("administration", "/administration"),
            ("users", "/administration/users"), ("tokens", "/administration/tokens"), ("audit-log", "/administration/audit"),
            ("mail", "/administration/mail"), ("schedule", reports["schedule"]), ("report-mail", reports["sent"]),
            ("http-interface", "/api"), ("error", "/view?id=revoked-or-never-there")):
        page.goto(address)
        yield name
    page.goto("/administration/users")
    page.get_by_role("link", name="Add a user").click()
    page.get_by_role("dialog").get_by_label("Role").select_option("reseller")
    yield "add-user"


def run_in_progress(page, reports):
    page.goto(reports["run"])
    page.get_by_role("progressbar").wait_for()
    yield "run"


def sign_in_page(page, reports):
    page.get_by_role("button", name="Sign out").click()
    yield "sign-in"


def keep(page, name):
    """One picture, with a palette of its own: text on plain colours loses nothing that one could see."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(200)
    height = min(TALLEST, max(page.viewport_size["height"], page.evaluate("document.documentElement.scrollHeight")))
    picture = page.screenshot(
        full_page=True, clip={"x": 0, "y": 0, "width": page.viewport_size["width"], "height": height}, animations="disabled")
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(96, dither=Image.Dither.NONE)
    image.save(FOLDER / f"{name}.png", optimize=True)


def write_page():
    """docs/screenshots.md, which shows all of them."""
    lines = [
        "# Pictures of the pages", "",
        "`make screenshots` takes them anew: of a made-up operator, light and dark, on a wide screen and on a telephone, in Chromium with the fonts of",
        "the machine. `make screenshots PAGES=\"report-by-month info\"` takes only these.", ""]
    for name, title in TITLES.items():
        picture = lambda look, width: f'<img src="screenshots/{name}-{look}.png" width="{width}" alt="{title.replace("*", "")}, {look.replace("-", ", ")}">'
        lines += [f"## {title}", "", picture("light-wide", "49%") + " " + picture("dark-wide", "49%"), "",
                  picture("light-narrow", "24%") + " " + picture("dark-narrow", "24%"), ""]
    (FOLDER.parent / "screenshots.md").write_text("\n".join(lines[:-1]) + "\n")


def take(browser, server, walk, reports, wanted):
    for scheme in SCHEMES:
        for size, viewport in SIZES.items():
            visitor = Visitor(browser, server, color_scheme=scheme, viewport=viewport, has_touch=size == "narrow")
            page = visitor.sign_in("admin")
            for name in walk(page, reports):
                if not wanted or name in wanted:
                    keep(page, f"{name}-{scheme}-{size}")
            visitor.close()


def take_all(wanted):
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="customer-dynamics-") as folder, sync_playwright() as driver:
        server = filled_server(folder)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            reports = prepared(browser, server)
            take(browser, server, pictures, reports, wanted)
            with open(server.folder + "/columns.lock", "a") as lock:
                # A report waits while another process is busy with the columns of a changed ledger.
                fcntl.flock(lock, fcntl.LOCK_EX)
                more = pathlib.Path(folder) / "more"
                more.mkdir()
                (more / "packages.csv").write_text("id,name\nweekend,Weekend\n")
                server.run("import", str(more))
                visitor = Visitor(browser, server)
                page = visitor.sign_in("admin", "/?new")
                fill_query(page, groupings=("Month",))
                page.locator("#run-query").click()
                page.wait_for_url("**/runs/*")
                reports["run"] = page.url
                take(browser, server, run_in_progress, reports, wanted)
                page.get_by_role("button", name="Cancel").click()
                page.get_by_role("heading", name="Cancelled").wait_for()
                visitor.close()
            take(browser, server, sign_in_page, reports, wanted)
        finally:
            server.stop()
            server.mail.stop()
            browser.close()


if __name__ == "__main__":
    wanted = set(sys.argv[1:])
    if wanted - set(TITLES):
        sys.exit(f"there is no picture {', '.join(sorted(wanted - set(TITLES)))}; there are {', '.join(TITLES)}")
    take_all(wanted)
    write_page()
    files = list(FOLDER.glob("*.png"))
    print(f"{len(files)} pictures, {sum(f.stat().st_size for f in files) / 1e6:.2f} MB, in {FOLDER.relative_to(ROOT)}")
