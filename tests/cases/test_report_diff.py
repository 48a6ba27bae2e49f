# SPDX-License-Identifier: Apache-2.0
"""`connleak diff`: what a run leaks that an older one does not, by place; `connleak explain`."""
import json
import subprocess

import pytest

import contract
import harness

HEAD = """#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>
"""
LEAK = """static void %s(void)
{
	socket(AF_INET, SOCK_STREAM, 0);%s
}
"""
MAIN = """int main(void)
{
%s	return 0;
}
"""


def program(folder, functions, shift=0):
    """Leaks in each of the functions, once for each of their lines: {"name": lines}."""
    folder.mkdir(exist_ok=True)
    text = HEAD + "\n" * shift
    for name, lines in functions.items():
        text += LEAK % (name, "".join("\n\tsocket(AF_INET, SOCK_STREAM, 0);" for _ in range(lines - 1)))
    text += MAIN % "".join(f"\t{name}();\n" for name in functions)
    (folder / "leak.c").write_text(text)
    subprocess.run([harness.which("gcc"), "-g", "-O0", "-o", folder / "leak", folder / "leak.c"], check=True)
    return harness.run([str(folder / "leak")])


def diff(old, new, *options):
    return harness.execute([harness.CONNLEAK, "diff", *options, str(old), str(new)])


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    return program(tmp_path_factory.mktemp("old") / "tree", {"first": 1, "second": 2})


def as_json(old, new):
    result = diff(old, new, "-f", "json")
    report = json.loads(result.stdout)
    assert report["schema"] == "connleak-diff/1" and not result.stderr
    assert result.returncode == (1 if report["new"] else 0)
    return {key: [leak["place"].split(" ")[0] for leak in report[key]] for key in ("new", "still", "gone")}


def test_the_same_build_has_nothing_new(old):
    assert as_json(old.dumps()[0], old.dumps()[0]) == {"new": [], "still": ["first", "second", "second"], "gone": []}


def test_another_folder_and_shifted_lines_are_nothing_new(old, tmp_path):
    moved = program(tmp_path / "elsewhere", {"first": 1, "second": 2}, shift=7)
    assert as_json(old.dumps()[0], moved.dumps()[0]) == {"new": [], "still": ["first", "second", "second"], "gone": []}


def test_a_new_function_is_new_and_an_old_one_gone(old, tmp_path):
    new = program(tmp_path / "new", {"third": 1, "second": 2}, shift=3)
    assert as_json(old.dumps()[0], new.dumps()[0]) == {"new": ["third"], "still": ["second", "second"], "gone": ["first"]}
    result = diff(old.dumps()[0], new.dumps()[0])
    assert result.returncode == 1
    assert result.stdout.startswith("new: third (") and "leak.c:" in result.stdout.splitlines()[0]
    assert result.stdout.endswith("1 new place that leaks, 2 as before, 1 gone\n")


def test_one_more_line_of_a_function_is_new(old, tmp_path):
    """The nearest lines are those of before; what is left over is new."""
    new = program(tmp_path / "new", {"first": 1, "second": 3}, shift=2)
    assert as_json(old.dumps()[0], new.dumps()[0])["new"] == ["second"]
    assert as_json(new.dumps()[0], old.dumps()[0]) == {"new": [], "still": ["first", "second", "second"], "gone": ["second"]}


def test_a_report_in_json_is_a_baseline(old, tmp_path):
    kept = tmp_path / "baseline.json"
    kept.write_text(harness.execute([harness.CONNLEAK, "report", "-f", "json", old.dumps()[0]]).stdout)
    new = program(tmp_path / "new", {"first": 1, "second": 2, "third": 1}, shift=1)
    assert as_json(kept, new.dumps()[0]) == {"new": ["third"], "still": ["first", "second", "second"], "gone": []}
    assert as_json(kept, kept)["new"] == []
    assert as_json(kept, old.folder)["new"] == []


@pytest.mark.parametrize("text, what", [("", "empty"), ("{}", "is no report in JSON"), ('{"schema": "x/1"}', "is no report in JSON"),
                                        ('{"schema": "connleak-report/1"', "is damaged"), ("[]", "not a dump")])
def test_what_is_no_report(old, tmp_path, text, what):
    (tmp_path / "bad").write_text(text)
    result = diff(tmp_path / "bad", old.dumps()[0])
    assert result.returncode == 2 and result.stdout == "" and what in result.stderr and result.stderr.count("\n") == 1


def test_wrong_arguments(old):
    one = harness.execute([harness.CONNLEAK, "diff", old.dumps()[0]])
    assert one.returncode == 2 and "needs two" in one.stderr
    assert diff(old.dumps()[0], old.dumps()[0], "-f", "html").returncode == 2


# ---- explain

LANGUAGES = ["C", "Python", "Java", "Node.js", "Go", "PHP"]


@pytest.mark.parametrize("reason", sorted(contract.VERDICTS["leaked"]))
def test_explain_every_leak(reason):
    """Each has a remedy, with a few lines in each language."""
    out = harness.execute([harness.CONNLEAK, "explain", f"leaked/{reason}"], check=True).stdout
    assert out.startswith(f"leaked/{reason}\n")
    for language in LANGUAGES:
        code = out.split(f"\n  {language}\n")[1].split("\n\n")[0].splitlines()
        assert 1 <= len(code) <= 6 and all(line.startswith("    ") for line in code if line.strip())


def test_explain_the_rest():
    names = harness.execute([harness.CONNLEAK, "explain"], check=True).stdout.splitlines()[::2]
    assert {f"{v}/{r}" for v, reasons in contract.VERDICTS.items() for r in reasons or ()} <= set(names)
    for name in names:
        assert harness.execute([harness.CONNLEAK, "explain", name], check=True).stdout.startswith(name + "\n")
    assert harness.execute([harness.CONNLEAK, "explain", "undrained"], check=True).stdout.startswith("leaked/undrained")
    out = harness.execute([harness.CONNLEAK, "explain", "closed-twice"], check=True).stdout
    assert "EBADF" in out and all(f"\n  {language}\n" in out for language in LANGUAGES)
    wrong = harness.execute([harness.CONNLEAK, "explain", "leaked/kept-alive"])
    assert wrong.returncode == 2 and "no such verdict" in wrong.stderr
