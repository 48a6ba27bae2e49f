# SPDX-License-Identifier: Apache-2.0
"""Functions have the names that their authors gave them, wherever one is printed."""
import json

import pytest

import harness

# situation: what has to be in the stack, as c++filt has it, and as it is said to people
FUNCTIONS = {
    "method": ("shop::Pool::take(std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > const&)",
               "shop::Pool::take"),
    "template": ("void shop::Pool::keep<std::pair<int, long> >(std::pair<int, long>)", "shop::Pool::keep<std::pair<int, long> >"),
    "lambda": ("shop::lost()", "operator()"),
    "operator": ("shop::Session::operator new(unsigned long)", "shop::Session::operator new"),
    "thread": ("shop::lost()", "operator()"),
}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    path, source = tmp_path_factory.mktemp("names") / "names", harness.ROOT / "tests" / "victims" / "names.cpp"
    harness.execute([harness.which("g++"), "-g", "-O1", "-pthread", "-o", str(path), str(source)], check=True)
    return str(path)


def leaked(run):
    (site,) = [s for s in run.report["call_sites"] if s["leaked"]]
    return site, run.report["stacks"][site["stack"]]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_of_cxx(names, name):
    full, brief = FUNCTIONS[name]
    run = harness.both([names, name])
    site, stack = leaked(run)
    assert site["leaked"] == 2 and full in [f["function"] for f in stack]
    assert not [f for frames in run.report["stacks"].values() for f in frames if (f["function"] or "").startswith("_Z")]
    text = harness.execute([harness.CONNLEAK, "report", run.folder]).stdout
    assert f"by {brief} (" in text and "_Z" not in text


def test_no_demangle(names, tmp_path):
    run = harness.run([names, "method"], folder=tmp_path)
    plain = harness.execute([harness.CONNLEAK, "report", "--no-demangle", str(tmp_path)]).stdout
    mangled = "_ZN4shop4Pool4takeERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
    assert f"by {mangled} (" in plain and "shop::" not in plain
    report = json.loads(harness.execute([harness.CONNLEAK, "report", "-f", "json", "--no-demangle", str(tmp_path)]).stdout)
    assert mangled in [f["function"] for f in report["stacks"][leaked(run)[0]["stack"]]]
    watched = harness.execute([harness.CONNLEAK, "watch", "--no-demangle", "--own", "*/names.cpp", "--library", "*/victim.h",
                               "--count", "1", *run.dumps()], check=True).stdout
    assert "in _ZN4shop4lostEv\n" in watched and "shop::" not in watched


def test_a_difference_goes_by_names(names, tmp_path):
    """Also between a dump and a report that has them mangled."""
    run = harness.run([names, "method"], folder=tmp_path)
    old = tmp_path / "old.json"
    for option in [], ["--no-demangle"]:
        old.write_text(harness.execute([harness.CONNLEAK, "report", "-f", "json", *option, str(tmp_path)]).stdout)
        result = harness.execute([harness.CONNLEAK, "diff", str(old), *run.dumps()])
        assert "0 new places that leak, 1 as before, 0 gone" in result.stdout and result.returncode == 0, result.stdout


@pytest.mark.parametrize("line", [
    "fun:shop::lost", "fun:shop::lost()", "fun:_ZN4shop4lostEv", "src:*/names.cpp:25\n   fun:shop::Pool::take*", "...\n   fun:shop::Pool::take(*"])
def test_suppressions_take_any_of_the_names(names, tmp_path, line):
    run = harness.run([names, "method"], folder=tmp_path)
    rules = tmp_path / "rules"
    rules.write_text("{\n   looked at\n   connleak:leaked/shut-down\n   fun:tcp_connect\n   fun:tcp_pair\n   " + line + "\n}\n")
    result = harness.execute([harness.CONNLEAK, "report", "--suppressions", str(rules), *run.dumps()])
    assert result.returncode == 0 and "2 findings are suppressed" in result.stdout, result.stdout
    rules.write_text(rules.read_text().replace("shop", "shoe").replace("names", "shoes"))
    assert harness.execute([harness.CONNLEAK, "report", "--suppressions", str(rules), *run.dumps()]).returncode == 1
