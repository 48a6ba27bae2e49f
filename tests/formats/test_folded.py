# SPDX-License-Identifier: Apache-2.0
"""`--format folded` in the tools that it is for: flamegraph.pl draws it, speedscope's own parser reads it."""
import base64
import json
import os
import re
import subprocess
import tarfile

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

import harness
import npm


@pytest.fixture(scope="module")
def folded(server):
    """Six connections of one place, their bodies unread, each lost."""
    run = harness.run([harness.victim("transport"), "unread", f"127.0.0.1:{server.port}"])
    assert run.verdicts() == {("leaked", "undrained"): 6}
    return subprocess.run([harness.CONNLEAK, "report", "-f", "folded", run.dumps()[0]], capture_output=True, text=True,
                          timeout=harness.TIMEOUT).stdout


@pytest.fixture(scope="module")
def flamegraph(tmp_path_factory):
    """The script, out of the only package of Debian that has it, whose other 290 MB nobody wants here."""
    folder = tmp_path_factory.mktemp("flamegraph")
    subprocess.run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=", "frama-c-base"], cwd=folder, check=True, timeout=300)
    package, = folder.glob("frama-c-base_*.deb")
    unpacked = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=unpacked.stdout, mode="r|") as files:
        for member in files:
            if member.name.endswith("/flamegraph.pl"):
                (folder / "flamegraph.pl").write_bytes(files.extractfile(member).read())
                break
    unpacked.stdout.close()
    unpacked.wait()
    return folder / "flamegraph.pl"


def test_flamegraph(folded, flamegraph):
    drawn = subprocess.run([harness.which("perl"), flamegraph, "--countname=connections"], input=folded, capture_output=True, text=True,
                           timeout=harness.TIMEOUT)
    assert drawn.returncode == 0 and not drawn.stderr
    boxes = dict(re.findall(r"<title>(.*) \((\d+) connections, [\d.]+%\)</title>", drawn.stdout))
    assert boxes["all"] == "6"  # each connection once
    assert [boxes[name] for name in ("main", "transport_get", "connect_to")] == ["6"] * 3


SPEEDSCOPE = {"speedscope": "1.25.0"}


@pytest.fixture(scope="module")
def speedscope(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speedscope")
    npm.unpack(folder, SPEEDSCOPE)
    return folder / "node_modules/speedscope/dist/release/index.html"


def browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.binary_location = harness.which("chromium")
    return webdriver.Chrome(options=options, service=Service(harness.which("chromedriver")))


def test_speedscope(folded, speedscope, tmp_path):
    """As its own command does it: the profile in a script that the page loads. Its table tells what it understood."""
    profile = tmp_path / "profile.js"
    data = base64.b64encode(folded.encode()).decode()
    profile.write_text(f"speedscope.loadFileFromBase64({json.dumps('connleak.folded')}, {json.dumps(data)})")
    page = browser()
    try:
        page.get(f"file://{speedscope}#localProfilePath={profile}")
        harness.until(lambda: page.title.startswith("connleak.folded"))
        [e for e in page.find_elements(By.TAG_NAME, "div") if e.text.endswith("Sandwich")][-1].click()  # the innermost
        rows = harness.until(lambda: [[c.text for c in row.find_elements(By.TAG_NAME, "td")]
                                      for row in page.find_elements(By.CSS_SELECTOR, "table tr")][1:])
        if shots := os.environ.get("CONNLEAK_SCREENSHOTS"):
            page.save_screenshot(f"{shots}/speedscope.png")
    finally:
        page.quit()
    table = {row[-1]: row[:-1] for row in rows if row}
    assert table["connect_to"] == ["6 (100%)", "6 (100%)"]  # in all, itself
    assert table["main"][0] == "6 (100%)" and table["main"][1].startswith("0 (")
