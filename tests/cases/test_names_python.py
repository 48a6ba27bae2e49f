# SPDX-License-Identifier: Apache-2.0
"""Own code first, in Python with requests: the line of the program, not of the library; and the other half of where a
connection was lost: where it was used, and where those are closed that are."""
import json

import pytest

import harness
import server as servers

FETCH = """\
import os, sys, threading
import requests

kept = []

def fetch_profile(n):
    kept.append(requests.Session().get(sys.argv[1] + f"/fixed?size=300000&n={n}", stream=True))

def close_one():
    kept.pop().close()

for i in range(4):
    fetch_profile(i)
close_one()
worker = threading.Thread(target=lambda: kept[0].raw.read(200000), name="reader")
worker.start()
worker.join()
os._exit(0)
"""
LINES = {text.split("(")[0].strip(): n for n, text in enumerate(FETCH.splitlines(), 1)}
GET, CLOSE = LINES["kept.append"], LINES["kept.pop"]


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("python")
    script = folder / "fetch.py"
    script.write_text(FETCH)
    with servers.Server() as server:
        run = harness.both(["/usr/bin/python3", str(script), f"http://127.0.0.1:{server.port}"])
    return run


def site(run):
    (it,) = [s for s in run.report["call_sites"] if s["leaked"]]
    return it


def text(run, *options):
    return harness.execute([harness.CONNLEAK, "report", *options, *run.dumps()]).stdout


def test_the_place_is_the_programs(fetched):
    assert site(fetched)["place"].startswith("fetch_profile (") and site(fetched)["place"].endswith(f"fetch.py:{GET})")
    assert (site(fetched)["opened"], site(fetched)["leaked"]) == (4, 3)


def test_libraries_are_a_line(fetched):
    lines = text(fetched).splitlines()
    assert f"fetch.py:{GET} in fetch_profile opened 4 connections and closed 1: 3 leaked" in " ".join(text(fetched).split())
    at = next(i for i, line in enumerate(lines) if f"fetch.py:{GET} in fetch_profile" in line)
    folded = next(i for i, line in enumerate(lines) if line.endswith("frames of requests, urllib3)"))
    assert at < folded and lines[folded + 1].startswith("      at fetch_profile (") and lines[folded + 2].startswith("      by <module> (")
    whole = text(fetched, "-v")
    assert "frames of requests" not in whole and "urllib3/connection.py:" in whole


def test_what_the_user_calls_own(fetched):
    assert "requests/api.py" not in text(fetched)
    first = text(fetched, "--own", "requests/*").splitlines()
    assert any("requests/adapters.py:" in line and " opened 4 connections" in line for line in first)
    assert any(" in <module> opened 4 connections" in line for line in text(fetched, "--library", "fetch_profile").splitlines())


def test_where_it_was_lost(fetched):
    assert site(fetched)["closed_at"] and all(f"fetch.py:{CLOSE})" in place for place in site(fetched)["closed_at"])
    assert site(fetched)["first_used_at"].endswith(f"fetch.py:{GET})")
    joined = " ".join(text(fetched).split())
    assert "those that were closed were closed at " in joined and f"fetch.py:{CLOSE} in close_one; these were not" in joined
    assert "first used at" not in joined  # where it is opened


def test_who_used_it_last(fetched):
    used = [c for c in fetched.connections if c["verdict"] == "leaked"]
    assert [c["last_used_by"] for c in used] == [2, 1, 1]
    assert "last used by thread" in text(fetched)


def test_suppressions_by_script(fetched, tmp_path):
    rules = tmp_path / "rules"
    for frames, found in [(f"...\n   src:*/fetch.py:{GET}", 0), ("...\n   fun:fetch_profile\n   fun:<module>", 0),
                          ("...\n   fun:fetch_others", 1), (f"...\n   src:*/fetch.py:{CLOSE}", 1)]:
        rules.write_text("{\n   known\n   connleak:leaked\n   " + frames + "\n}\n")
        assert harness.execute([harness.CONNLEAK, "report", "--suppressions", str(rules), *fetched.dumps()]).returncode == found, frames
    rules.write_text(harness.execute([harness.CONNLEAK, "report", "--gen-suppressions", *fetched.dumps()]).stderr)
    assert "fun:fetch_profile" in rules.read_text()
    assert harness.execute([harness.CONNLEAK, "report", "--suppressions", str(rules), *fetched.dumps()]).returncode == 0


def test_other_formats_point_there(fetched):
    sarif = json.loads(text(fetched, "-f", "sarif"))
    where = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"].endswith("fetch.py") and where["region"]["startLine"] == GET
    assert f"fetch.py:{GET}" in text(fetched, "-f", "junit")
    assert f"fetch.py:{GET}" in harness.execute([harness.CONNLEAK, "watch", "-c", "1", *fetched.dumps()]).stdout
