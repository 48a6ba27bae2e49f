# SPDX-License-Identifier: Apache-2.0
"""How many were open over time, in all and by place; and what is said of the limit on descriptors: in every format."""
import collections
import json
import re
import xml.etree.ElementTree

import jsonschema
import pytest

import harness

BARS = "▁▂▃▄▅▆▇█"


def site(report, function):
    (found,) = [s for s in report["call_sites"] if f"{function} " in s["place"]]
    return found


def run(name, **how):
    return harness.both([harness.victim("situations/growth"), name], **how)


def text(run, **env):
    return harness.execute([harness.CONNLEAK, "report", *run.dumps()], env=env).stdout


@pytest.fixture(scope="module")
def grows():
    """In how many steps, it says: 40, or more where it was kept from running."""
    return run("grows", same_output=False)


def test_a_place_that_grows_is_told_from_one_that_does_not(grows):
    leaks, pool = site(grows.report, "leaks"), site(grows.report, "pooled")
    assert (leaks["over_time"]["growing"], pool["over_time"]["growing"]) == (True, False)
    assert grows.report["summary"]["over_time"]["growing"] is True
    assert run("plateau").report["summary"]["over_time"]["growing"] is False


def test_numbers_are_those_of_the_program(grows):
    leaks, pool = (site(grows.report, f)["over_time"] for f in ("leaks", "pooled"))
    assert leaks["open"] == sorted(leaks["open"]) and leaks["open"][-1] == int(grows.out) >= 40
    assert max(pool["open"]) == 5 and pool["open"][-1] == 5
    all_of_it = grows.report["summary"]["over_time"]
    assert len(all_of_it["open"]) == len(leaks["open"]) <= 128 and max(all_of_it["open"]) == int(grows.out) + 5
    took, bucket = grows.report["process"]["duration_s"], all_of_it["bucket_s"]
    assert took - bucket <= len(all_of_it["open"]) * bucket <= took + 2 * bucket


def test_a_line_of_bars(grows):
    bars, plain = text(grows, LC_ALL="C.UTF-8"), text(grows, LC_ALL="C")
    (line,) = [w for w in bars.splitlines() if f"at most {grows.out.strip()}" in w]
    drawn = [c for c in line if c in BARS]
    assert drawn == sorted(drawn) and drawn[0] == BARS[0] and drawn[-1] == BARS[-1] and "it grows until the end" in line
    assert "it came to a plateau" in bars and not set(plain) & {*BARS, "·"}
    assert "it grows until the end" in plain


def test_what_ends_in_the_ordinary_way_grew_all_the_same():
    """The interpreter closes at its end what was left open."""
    script = """if 1:
        import socket, time
        kept, longest = [], 0
        began = last = time.monotonic()
        while len(kept) < 40 or longest > (last - began) / 12:  # no plateau where it was kept from running
            kept.append(socket.socket())
            time.sleep(0.02)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()"""
    it = harness.both(["/usr/bin/python3", "-S", "-c", script])
    assert all(c["teardown"] for c in it.report["connections"]) and it.report["summary"]["over_time"]["growing"] is True
    assert "it grows until the end" in text(it)


def test_too_many_open_files_is_the_first_finding():
    it = run("exhausts")
    e = it.report["exhaustion"]
    assert (e["error"], e["limit"], e["most"], e["count"]) == ("EMFILE", 50, 50, 6)
    places = collections.Counter()
    for h in e["held_by"]:
        places[h["place"].split(" ")[0]] += h["open"]
    free = 50 - e["open"]  # what is open beside sockets: the standard streams, and what a test runner leaves
    assert places == {"leaks": e["open"] - 5, "pooled": 5} and e["place"].startswith("leaks ") and 3 <= free < 20
    assert e["stack"] in it.report["stacks"] and 0 <= e["at_s"] <= e["last_s"] <= it.report["process"]["duration_s"]
    assert it.report["warnings"] == [] and {c["evidence"] for c in it.connections if c["verdict"] == "leaked"} == {"kernel"}
    assert all(c["state"] for c in it.connections)  # there was room for what the kernel said, without a descriptor
    words = text(it)
    assert words.index("too many open files") < words.index("never-connected")
    said = " ".join(words.split())
    assert f'(EMFILE), and 6 times in all; the limit is 50 descriptors, of which {e["open"]} were sockets' in said
    growth = "tests/victims/situations/growth.c"
    assert re.search(rf'held just then: {e["open"] - 5} opened at {growth}:\d+ in leaks 5 opened at {growth}:\d+ in pooled', said)
    assert re.search(rf"one more was refused at {growth}:\d+ in leaks what to do: close what", said)


def sarif(run):
    out = harness.execute([harness.CONNLEAK, "report", "-f", "sarif", *run.dumps()]).stdout
    log = json.loads(out)
    jsonschema.validate(log, json.loads((harness.ROOT / "tests/formats/sarif-2.1.0.schema.json").read_text()))
    first = log["runs"][0]["results"][0]
    assert first["ruleId"] in [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    return first


def line_of(result, name="locations"):
    where = result[name][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "tests/victims/situations/growth.c"
    return (harness.ROOT / "tests/victims/situations/growth.c").read_text().splitlines()[where["region"]["startLine"] - 1]


def test_too_many_open_files_in_code_scanning():
    first, again = (sarif(run("exhausts")) for _ in range(2))
    assert (first["ruleId"], first["level"]) == ("exhausted/too-many-open-files", "error")
    assert "(EMFILE), and 6 times in all" in first["message"]["text"]
    assert "socket(" in line_of(first) and "socket(" in line_of(first, "relatedLocations")
    assert first["partialFingerprints"] == again["partialFingerprints"]
    near = sarif(run("nearly"))
    assert (near["ruleId"], near["level"]) == ("exhausted/near", "warning") and "socket" in line_of(near)
    assert "exhausted" not in sarif(run("far"))["ruleId"]


def test_too_many_open_files_is_a_metric():
    for name, times in (("exhausts", 6), ("far", 0)):
        out = harness.execute([harness.CONNLEAK, "report", "-f", "prometheus", *run(name).dumps()]).stdout
        assert re.findall(r"^connleak_refused_total\{.*\} (\d+)$", out, re.M) == [str(times)]
        assert harness.execute(["promtool", "check", "metrics"], stdin=out).stdout == ""


def junit(run, *options):
    it = harness.execute([harness.CONNLEAK, "report", "-f", "junit", *options, *run.dumps()])
    suite = xml.etree.ElementTree.fromstring(it.stdout).find("testsuite")
    failed = suite.findall("testcase/failure")
    assert int(suite.get("tests")) == len(suite.findall("testcase")) and int(suite.get("failures")) == len(failed)
    assert it.returncode == (1 if failed else 0)  # a CI server is told what the exit status tells
    return suite.find("testcase"), [f.get("type") for f in failed]


def test_too_many_open_files_in_ci():
    it = run("exhausts")
    case, failed = junit(it)
    assert case.get("name") == "too many open files" and case.get("file").endswith("growth.c") and int(case.get("line"))
    assert failed[0] == "exhausted/too-many-open-files" and "6 times in all" in case.find("failure").get("message")
    assert "at leaks" in case.find("failure").text
    case, failed = junit(it, "--fail-on", "none")  # told, and nothing fails
    assert failed == [] and "6 times in all" in case.find("system-out").text
    assert junit(it, "--fail-on", "exhausted")[1] == ["exhausted/too-many-open-files"]
    near = run("nearly")
    case, failed = junit(near)
    assert case.get("name") == "near the limit on open files" and "exhausted/near" in failed
    assert junit(near, "--fail-on", "exhausted")[1] == [] and "limit" not in junit(run("far"))[0].get("name")


def test_near_the_limit_is_said_and_a_high_number_is_not():
    near = run("nearly")
    e = near.report["exhaustion"]
    assert e["count"] == 0 and e["limit"] == 100 and 92 <= e["most"] <= 100
    assert "came near the limit on open files" in " ".join(text(near).split())
    far = run("far")
    assert far.report["exhaustion"] is None and "limit on open files" not in text(far)


def test_forked_children_have_a_story_of_their_own(tmp_path):
    script = """if 1:
        import os, socket, time
        kept = [socket.socket() for _ in range(7)]
        if os.fork() == 0:
            mine = [socket.socket() for _ in range(2)]
            for s in kept: s.close()
            time.sleep(0.1)  # longer than a bucket
            os._exit(0)
        os.wait()
        os._exit(0)"""
    parent, child = harness.both(["/usr/bin/python3", "-S", "-c", script]).reports
    assert max(parent["summary"]["over_time"]["open"]) == 7 == parent["summary"]["over_time"]["open"][-1]
    assert max(child["summary"]["over_time"]["open"]) == 9 and child["summary"]["over_time"]["open"][-1] == 2
    assert child["process"]["forked"]
