#!/usr/bin/env python3
"""The web application under measurement, all on this machine: `make bench-web`.

A server with a demo ledger of its own; one stored report of a leap year by date (366 rows of 21 figures and the total), one of five years by date and
package (more than 20,000 rows). Measured are

- the page of the first one: time from request to last byte over one connection, and bytes on the wire;
- the same page for 200 viewers at once, each over a connection of its own;
- the page of the second one in Chromium: first paint, and until rows, scrolling and sorting are there.
"""

import argparse
import asyncio
import concurrent.futures
import http.client
import pathlib
import re
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "stories"))

from playwright.sync_api import sync_playwright  # noqa: E402

from conftest import CHROMIUM, PASSWORDS, Server, Visitor  # noqa: E402
from steps import fill_query, report_id, run_query  # noqa: E402

LEAP_YEAR = ("2024-01-01", "2024-12-31")
FIVE_YEARS = ("2021-01-01", "2025-12-31")


def stored_reports(browser, server):
    """Makes both reports, as a person would; returns their addresses and the cookie of the session."""
    visitor = Visitor(browser, server)
    page = visitor.sign_in("analyst", "/?new")
    fill_query(page, period=LEAP_YEAR, groupings=("Date",))
    run_query(page)
    year = f"/view?id={report_id(page)}"
    page.goto("/?new")
    fill_query(page, period=FIVE_YEARS, groupings=("Date", "Package Name"))
    run_query(page)
    long = f"/view?id={report_id(page)}"
    rows = int(page.locator("#report").get_attribute("data-count"))
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in visitor.context.cookies())
    visitor.close()
    return year, long, rows, cookies


# One page after the other

def fetch(connection, path, cookies):
    """One page, gzipped: seconds to its last byte, its bytes with those of the head."""
    begin = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookies, "Accept-Encoding": "gzip", "Accept": "text/html"})
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - begin
    if answer.status != 200:
        raise SystemExit(f"{path}: status {answer.status}")
    head = 15 + sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
    return seconds, head + len(body)


def page_times(server, path, cookies, count):
    connection = http.client.HTTPConnection("127.0.0.1", port_of(server))
    first = fetch(connection, path, cookies)
    others = [fetch(connection, path, cookies) for _ in range(count)]
    connection.close()
    return first[0], [seconds for seconds, _ in others], first[1]


def assets_bytes(server, path, cookies):
    """What the page's style sheets, scripts and icon come to, gzipped: once, then they are in the browser's cache."""
    connection = http.client.HTTPConnection("127.0.0.1", port_of(server))
    connection.request("GET", path, headers={"Cookie": cookies})
    todo = set(re.findall(r'"(/assets/[^"]+)"', connection.getresponse().read().decode()))
    done, total = set(), 0
    while todo:
        asset = todo.pop()
        done.add(asset)
        total += fetch(connection, asset, cookies)[1]
        if asset.endswith(".js"):
            connection.request("GET", asset)
            text = connection.getresponse().read().decode()
            imports = {asset.rsplit("/", 1)[0] + "/" + name for name in re.findall(r"""from ["']\./([\w-]+\.js)["']""", text)}
            todo |= imports - done
    connection.close()
    return len(done), total


def port_of(server):
    return int(server.address.rsplit(":", 1)[1])


# Many viewers at once

async def viewer(port, path, cookies, start, count, seconds, errors):
    """One viewer on one connection, who loads the page again and again."""
    request = (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookies}\r\n"
               "Accept: text/html\r\nAccept-Encoding: gzip\r\n\r\n").encode()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await start.wait()
        for _ in range(count):
            begin = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
            await reader.readexactly(length)
            if head.startswith(b"HTTP/1.1 200 "):
                seconds.append(time.perf_counter() - begin)
            else:
                errors.append(head.split(b"\r\n")[0].decode())
        writer.close()
    except (OSError, asyncio.IncompleteReadError) as error:
        errors.append(repr(error))


async def crowd(port, path, cookies, viewers, count):
    """All viewers connect first and start together; returns the seconds of all pages, errors, and how long it took as a whole."""
    start, seconds, errors = asyncio.Event(), [], []
    tasks = [asyncio.create_task(viewer(port, path, cookies, start, count, seconds, errors)) for _ in range(viewers)]
    await asyncio.sleep(1)
    begin = time.perf_counter()
    start.set()
    await asyncio.gather(*tasks)
    return seconds, errors, time.perf_counter() - begin


# In the browser

UNTIL = """async ([what, argument]) => {
  const checks = {
    window: () => document.querySelector('#report-table.windowed tbody tr[aria-rowindex] td')?.textContent,
    row: () => document.querySelector(`#report-table tbody tr[aria-rowindex="${argument}"] td`)?.textContent,
    sorted: () => document.querySelector(`#report-table.windowed th[aria-sort=descending] a[data-sort="${argument}"]`),
  };
  const actions = {
    window: () => {},
    row: () => { const e = document.querySelector('#report-table'); e.scrollTop = e.scrollHeight / 2; },
    sorted: () => document.querySelector(`a[data-sort="${argument}"]`).click(),
  };
  const begin = performance.now();
  actions[what]();
  while (!checks[what]()) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return what === 'window' ? performance.now() : performance.now() - begin;
}"""


def in_browser(browser, server, path, rows, runs):
    """Milliseconds of each thing, a list of all runs: a browser that has never been there each."""
    times = {"first paint": [], "rows scroll": [], "rows in the middle, after scrolling there": [], "sorted by a column, after the click": []}
    for _ in range(runs):
        visitor = Visitor(browser, server)
        page = visitor.sign_in("analyst", "/account")
        page.goto(path)
        times["rows scroll"].append(page.evaluate(UNTIL, ["window", None]))
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        times["first paint"].append(paint)
        times["rows in the middle, after scrolling there"].append(page.evaluate(UNTIL, ["row", rows // 2]))
        times["sorted by a column, after the click"].append(page.evaluate(UNTIL, ["sorted", "renew_total"]))
        visitor.close()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--requests", type=int, default=300, help="pages one after the other")
    parser.add_argument("--viewers", type=int, default=200, help="connections at once")
    parser.add_argument("--each", type=int, default=10, help="pages of each viewer")
    parser.add_argument("--runs", type=int, default=5, help="visits in the browser")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        server = Server(folder)
        server.run("demo", "--clients", "1000", "--years", "5", "--through", "2025-12-31")
        server.run("user", "set-password", "analyst", stdin=PASSWORDS["analyst"] + "\n")
        server.start()
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            year, long, rows, cookies = stored_reports(browser, server)
            # Nothing of the reports is in the memory of a new process.
            server.stop()
            server.start()
            first, seconds, size = page_times(server, year, cookies, options.requests)
            assets, assets_size = assets_bytes(server, year, cookies)
            seconds.sort()
            print("| the page of 366 rows, from its snapshot | |\n|---|---|")
            print(f"| median of {len(seconds)} | {statistics.median(seconds) * 1000:.1f} ms |")
            print(f"| 95% take less than | {seconds[int(len(seconds) * 0.95)] * 1000:.1f} ms |")
            print(f"| the first one after a start, read from the disk | {first * 1000:.1f} ms |")
            print(f"| on the wire | {size:,} bytes |")
            print(f"| its {assets} assets, once | {assets_size:,} bytes |\n")
            # In a thread of its own, since the browser's driver has an event loop in this one.
            with concurrent.futures.ThreadPoolExecutor(1) as thread:
                seconds, errors, whole = thread.submit(
                    asyncio.run, crowd(port_of(server), year, cookies, options.viewers, options.each)).result()
            seconds.sort()
            print(f"| {options.viewers} viewers at once, {options.each} pages each | |\n|---|---|")
            print(f"| errors | {len(errors)} of {options.viewers * options.each:,} |")
            print(f"| pages a second | {len(seconds) / whole:,.0f} |")
            print(f"| median | {statistics.median(seconds) * 1000:,.0f} ms |")
            print(f"| 95% take less than | {seconds[int(len(seconds) * 0.95)] * 1000:,.0f} ms |\n")
            print(f"| {rows:,} rows in Chromium, median of {options.runs} | |\n|---|---|")
            for name, values in in_browser(browser, server, long, rows, options.runs).items():
                print(f"| {name} | {statistics.median(values):,.0f} ms |")
            for error in sorted(set(errors)):
                print(f"\nerror: {error}")
        finally:
            browser.close()
            server.stop()
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
