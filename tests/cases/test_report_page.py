# SPDX-License-Identifier: Apache-2.0
"""The page, in a browser, by what is seen: 20 and 10,000 connections, offline, by mouse and by keyboard, in the dark, on paper,
and with names that mean harm. Screenshots are in screenshots/ of the build folder."""
import base64
import json
import re

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import harness

SCREENSHOTS = harness.BUILD / "screenshots"

# Half of them connect and the other half are accepted; some of each are asked something, answered, and closed.
CONNECTIONS = """if 1:
    import os, resource, socket, sys, threading, time
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    kept, n = [], int(sys.argv[1]) // 2
    for i in range(n):
        client = socket.create_connection(server.getsockname()); accepted = server.accept()[0]
        if i % 4 == 0:
            client.sendall(b"GET / HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n"); accepted.recv(100)
            accepted.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n0123456789" % (10 + i)); client.recv(50)
        if i % 5 == 0:
            client.close(); accepted.close()
        else:
            kept.append((client, accepted))
        if n < 100: time.sleep(0.02)
    threading.Thread(target=kept[0][0].recv, args=(9,), daemon=True).start()
    time.sleep(0.1)
    os._exit(0)"""

HARM = "</script><script>document.title='x'</script><img src=x>\u202egnp.exe\x07"
HOSTILE = """if 1:
    import os, socket, sys
    name = b"\\0" + sys.argv[1].encode() + b"\\0" + b"%d" % os.getpid()
    listener = socket.socket(socket.AF_UNIX); listener.bind(name); listener.listen()
    kept = []
    for i in range(3):
        client = socket.socket(socket.AF_UNIX); client.connect(name); kept.append((client, listener.accept()[0]))
        client.sendall(b"GET / HTTP/1.1\\r\\nHost: " + sys.argv[1].encode()[:60].replace(b"\\x07", b"") + b"\\r\\n\\r\\n")
    os._exit(0)"""


@pytest.fixture(scope="module")
def browser():
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1700",
                     "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(argument)
    options.binary_location = harness.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service(harness.which("chromedriver")), options=options)
    driver.set_page_load_timeout(harness.TIMEOUT)
    SCREENSHOTS.mkdir(exist_ok=True)  # whichever test comes first
    yield driver
    driver.quit()


def page_of(folder, code, *arguments):
    command = ["/usr/bin/python3", "-S", "-c", code, *arguments]
    run = harness.run(command, folder=str(folder))
    assert run.status == 0, run.err
    page = folder / "page.html"
    harness.execute([harness.CONNLEAK, "report", "--format", "html", "--report-file", str(page), *run.dumps()])
    return page, run


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    return page_of(tmp_path_factory.mktemp("few"), CONNECTIONS, "20")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return page_of(tmp_path_factory.mktemp("many"), CONNECTIONS, "10000")


def show(browser, page, name=None):
    browser.get(page.as_uri())
    harness.until(lambda: browser.execute_script("""
        const all = document.querySelector(".flames"), widths = [...document.querySelectorAll(".flames rect")].map(
            r => r.getBoundingClientRect().width);
        return document.querySelector("section.built") && (!all || Math.max(...widths) > 0.95 * all.clientWidth)"""))
    if name:
        size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        (SCREENSHOTS / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
    return browser


def table(browser, title):
    return next(d for d in browser.find_elements(By.CSS_SELECTOR, "details.panel") if d.text.startswith(title))


def column(element, title):
    """What is seen in it, from top to bottom."""
    heads = [h.text for h in element.find_elements(By.CSS_SELECTOR, "thead th")]
    return [cells[heads.index(title)] for cells in
            element.parent.execute_script("return [...arguments[0].tBodies[0].rows].map(r => [...r.cells].map(c => c.innerText))",
                                          element.find_element(By.TAG_NAME, "table"))]


def worst_first(connections):
    return sorted(connections, key=lambda c: "leaked drained closed-early active open listening closed".split().index(c["verdict"]))


def ink(browser, selector):
    """How many of a canvas's points are not empty."""
    return browser.execute_script("""
        const c = document.querySelector(arguments[0]), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 3; i < d.length; i += 4) n += d[i] > 0;
        return n""", selector)


def test_twenty_connections(browser, few):
    page, run = few
    show(browser, page, "page-20")
    harness.until(lambda: ink(browser, "canvas") > 2000)
    assert [m for m in browser.get_log("browser") if m["level"] == "SEVERE"] == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0  # nothing is fetched
    text = browser.find_element(By.TAG_NAME, "body").text
    leaked = run.report["summary"]["leaked"]
    assert re.search(r"<string>:\d+ in <module> opened \d+ connections and closed \d+: \d+ leaked", text)  # leads with the line
    assert re.search(rf"LEAKING: {leaked} connections at \d places, \d+ of them at <string>:\d+ in <module>\nhow fast: {leaked} in ", text)
    assert f"{leaked}\nleaked" in text and leaked > 0 and "for example" in text and "Open over time" in text
    connections = table(browser, "Connections and sockets (21)")
    assert column(connections, "verdict") == [c["verdict"] for c in worst_first(run.report["connections"])]
    flames = browser.find_elements(By.CSS_SELECTOR, "g.frame")
    assert len(flames) > 3 and any(f"{leaked:,} leaked, 100.0 %" in f.get_attribute("aria-label") for f in flames)


def test_tables_sort_search_and_page(browser, many):
    page, run = many
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    show(browser, page, "page-10000")
    metrics = {m["name"]: m["value"] for m in browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]}
    assert 0 < metrics["TaskDuration"] < 10  # seconds of its thread's own, 0.2 here, however many others are at work
    connections = table(browser, "Connections and sockets (10,001)")
    assert "1–25 of 10,001" in connections.text
    assert browser.execute_script("return document.getElementsByTagName('*').length") < 3000  # a page of them, not all
    buttons = {b.text: b for b in connections.find_elements(By.CSS_SELECTOR, "thead button")}
    buttons["bytes in"].click()
    most = sorted((c["bytes_in"] for c in run.report["connections"]), reverse=True)[:25]
    assert column(connections, "bytes in") == [f"{n:,}" for n in most] and most[0] > 0
    buttons["bytes in"].click()
    assert column(connections, "bytes in") == ["0"] * 25
    connections.find_element(By.CSS_SELECTOR, "[aria-label='last page']").click()
    assert "10,001–10,001 of 10,001" in connections.text and column(connections, "bytes in") == [f"{most[0]:,}"]
    connections.find_element(By.CSS_SELECTOR, "input").send_keys("example.org leaked")
    expected = [c for c in run.report["connections"] if c["host"] == "example.org" and c["verdict"] == "leaked"]
    assert f"of {len(expected):,} (10,001 in all)" in connections.text and set(column(connections, "verdict")) == {"leaked"}
    choice = connections.find_element(By.CSS_SELECTOR, "[aria-label='all verdicts']")
    choice.send_keys("closed")
    assert "none" in connections.text


def test_by_keyboard_into_one_connection(browser, few):
    page, run = few
    show(browser, page)
    connections = table(browser, "Connections and sockets")
    rows = connections.find_elements(By.CSS_SELECTOR, "tbody tr")
    browser.execute_script("arguments[0].focus()", rows[0])
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    dialog = browser.find_element(By.ID, "detail")
    second, third = worst_first(run.report["connections"])[1:3]
    assert dialog.is_displayed() and f"Connection {second['id']}: {second['verdict']}, {second['reason']}" in dialog.text
    assert "Its life" in dialog.text and "Opened by" in dialog.text and "connected" in dialog.text and second["peer"] in dialog.text
    ticks = [float(re.search(r"left: ([\d.]+)%", t.get_attribute("style"))[1]) for t in dialog.find_elements(By.CSS_SELECTOR, ".bar i")]
    assert ticks == sorted(ticks) and len(ticks) >= 3 and ticks[-1] <= 100
    browser.save_screenshot(str(SCREENSHOTS / "page-connection.png"))
    dialog.find_element(By.XPATH, ".//button[contains(., 'next')]").click()
    assert f"Connection {third['id']}:" in dialog.text
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    harness.until(lambda: not dialog.is_displayed())
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    assert browser.switch_to.active_element.get_attribute("type") == "search"
    frame = browser.find_elements(By.CSS_SELECTOR, "g.frame")[-1]
    name = frame.get_attribute("aria-label")
    browser.execute_script("arguments[0].focus()", frame)
    browser.switch_to.active_element.send_keys(Keys.ENTER)  # zooms in: it is as wide as all
    wide = harness.until(lambda: [f for f in browser.find_elements(By.CSS_SELECTOR, "g.frame") if f.get_attribute("aria-label") == name])
    assert wide[0].rect["width"] > 0.9 * browser.find_element(By.CSS_SELECTOR, ".flames").rect["width"]


def luminance(colour):
    return sum(map(int, re.findall(r"\d+", colour)[:3]))


def test_in_the_dark(browser, few):
    page, _ = few
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    try:
        show(browser, page, "page-dark")
        paper = lambda: luminance(browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color"))
        assert paper() < 150
        button = browser.find_element(By.ID, "theme")
        button.click()
        assert button.text == "colours: light" and paper() > 600
        button.click()
        assert button.text == "colours: dark" and paper() < 150
        harness.until(lambda: ink(browser, "canvas") > 2000)
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        browser.execute_script("localStorage.clear()")


def test_on_paper(browser, few):
    page, _ = few
    show(browser, page)
    pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"])
    assert pdf.startswith(b"%PDF") and len(pdf) > 20_000
    (SCREENSHOTS / "page.pdf").write_bytes(pdf)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        wide = browser.execute_script("""
            dispatchEvent(new Event("beforeprint"));
            return Math.max(...[...document.querySelectorAll(".flames rect")].map(r => r.getAttribute("width")))""")
        assert wide > 0.9 * browser.find_element(By.CSS_SELECTOR, ".flames").rect["width"]  # drawn at once, to its end
        assert not [b for b in browser.find_elements(By.CSS_SELECTOR, ".controls, thead select") if b.is_displayed()]
        assert browser.find_element(By.CSS_SELECTOR, "canvas").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_names_that_mean_harm(browser, tmp_path):
    page, run = page_of(tmp_path, HOSTILE, HARM)
    assert any(HARM in json.dumps(c, ensure_ascii=False).replace('\\"', '"').replace("\\u0007", "\x07")
               for c in run.report["connections"])  # or there is nothing to be seen
    raw = page.read_text(encoding="utf-8")
    assert "<img" not in raw and raw.count("<script>") == 1 and "\u202e" not in raw
    show(browser, page, "page-hostile")
    table(browser, "Connections and sockets").find_element(By.CSS_SELECTOR, "tbody tr").click()
    assert browser.title == "connleak" and not browser.find_elements(By.TAG_NAME, "img")
    text = browser.execute_script("return document.body.innerText")
    assert "</script><script>" in text and "\\u{202e}" in text and "\\u{7}" in text and not re.search("[\x00-\x08\u202a-\u202e]", text)


def test_several_processes_are_listed_worst_first(browser, tmp_path):
    code = """if 1:
        import os, socket
        server = socket.create_server(("127.0.0.1", 0)); kept = []
        for i in range(3):
            if os.fork() == 0:
                kept = [socket.socket() for _ in range(i + 1)]
                os._exit(0)
            os.wait()
        os._exit(0)"""
    page, run = page_of(tmp_path, code)
    show(browser, page, "page-processes")
    assert len(run.reports) == 4
    items = [li.text for li in browser.find_elements(By.CSS_SELECTOR, "nav li")]
    assert [int(re.search(r"(\d+) leaked", i)[1]) for i in items] == [3, 2, 1, 0]
    heads = [h.text for h in browser.find_elements(By.CSS_SELECTOR, "section h2")]
    assert [h[:13] for h in heads[:3]] == [i[:13] for i in items[:3]] and heads[3] == ""  # folded away
    browser.execute_script("document.querySelectorAll('section')[2].scrollIntoView()")
    harness.until(lambda: len(browser.find_elements(By.CSS_SELECTOR, "section.built")) >= 3)
    assert "1 process image without a finding" in browser.find_element(By.TAG_NAME, "body").text
    browser.find_elements(By.CSS_SELECTOR, "nav a")[3].click()
    harness.until(lambda: browser.find_elements(By.CSS_SELECTOR, "section h2")[3].text[:13] == items[3][:13])
