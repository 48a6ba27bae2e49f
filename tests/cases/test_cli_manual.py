# SPDX-License-Identifier: Apache-2.0
"""Help, man page and completions: all from one table, and none of them forgets anything."""
import os
import re
import subprocess

import pytest

import contract
import harness

DOC = harness.BUILD / "doc"
FORMATS = {"text", "json", "html", "sarif", "junit", "folded", "pprof", "prometheus", "rows"}
OPTIONS = {
    "run": ["-o", "--output", "--keep", "--no-keep", "-f", "--format", "--report-file", "--idle", "--fail-on",
            "--error-exitcode", "--suppressions", "--gen-suppressions", "--stack-depth", "--history", "--disable"],
    "report": ["-f", "--format", "--report-file", "--idle", "--fail-on", "--suppressions", "--gen-suppressions"],
    "diff": ["--format", "--report-file", "--idle", "--suppressions"],
    "watch": ["--idle", "--interval", "--count"],
}


def connleak(*arguments, **how):
    return harness.execute([harness.CONNLEAK, *arguments], **how)


@pytest.mark.parametrize("command", OPTIONS)
def test_help_of_a_command_names_every_option(command):
    result = connleak(command, "--help", check=True)
    assert result.stderr == "" and f"Usage: connleak {command} " in result.stdout
    words = re.findall(r"(?<!\S)-{1,2}[a-z-]+", result.stdout)
    assert [o for o in OPTIONS[command] if o not in words] == []
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_help_names_commands_and_verdicts():
    result = connleak("--help", check=True)
    assert result.stderr == ""
    for word in [*OPTIONS, *contract.VERDICTS]:
        assert re.search(rf"^ +{word} ", result.stdout, re.M), word


def test_version():
    assert re.fullmatch(r"connleak \d+\.\d+\.\d+\n", connleak("--version", check=True).stdout)


def test_without_a_command():
    result = connleak()
    assert result.returncode == 2 and result.stdout == "" and "Usage: connleak" in result.stderr


@pytest.fixture(scope="module")
def page():
    """The man page as a reader sees it, without its line breaks."""
    text = subprocess.run(["mandoc", "-Tascii", "-Owidth=1000", DOC / "connleak.1"], check=True, capture_output=True,
                          text=True).stdout
    return re.sub(r".\x08", "", text)


def test_man_page_is_clean():
    result = subprocess.run(["mandoc", "-Tlint", DOC / "connleak.1"], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")


def test_man_page_names_every_option(page):
    for command, options in OPTIONS.items():
        section = page.split(f"Options of {command}\n")[1]
        section = re.split(r"\n {0,3}\S", section)[0]
        assert [o for o in options if not re.search(rf"(?<!\S){o}\b", section)] == [], command


def test_man_page_names_every_verdict_reason_and_evidence(page):
    for verdict, reasons in contract.VERDICTS.items():
        section = re.split(r"\n {0,3}\S", page.split(f"Reasons of {verdict}\n")[1])[0]
        named = set(re.findall(r"^ {7}([a-z-]+)\b", section, re.M))
        assert named == reasons if reasons else named, verdict
    assert contract.EVIDENCE <= set(re.findall(r"^ {7}([a-z]+)\b", page.split("EVIDENCE\n")[1], re.M))


def test_man_page_shows_the_json_schema(page):
    shown = set(re.findall(r'"([a-z_]+)"', page.split("FORMATS\n")[1].split("SUPPRESSIONS\n")[0]))
    assert {key for keys in contract.KEYS.values() for key in keys} - shown == set()


def test_man_page_names_variables_and_exit_status(page):
    for word in ["CONNLEAK_OUTPUT", "CONNLEAK_STACK_DEPTH", "CONNLEAK_HISTORY", "CONNLEAK_INODES", "CONNLEAK_DISABLE", "TMPDIR", "NO_COLOR"]:
        assert word in page.split("ENVIRONMENT\n")[1]
    assert re.search(r"^ {7}2 +it could not do its work", page, re.M)


# ---- completions: what the shell offers

def bash(line):
    """Loads the completion, completes the last word of the line, prints what was offered."""
    words = line.split(" ")
    script = f"""
        source {DOC}/connleak
        COMP_WORDS=({" ".join(repr(w) for w in words)}) COMP_CWORD={len(words) - 1} COMP_LINE={line!r} COMP_POINT={len(line)}
        compopt() {{ :; }}
        _connleak
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return set(subprocess.run(["bash", "--norc", "-c", script], check=True, capture_output=True, text=True).stdout.split())


def test_bash_completes_commands_options_and_values(tmp_path):
    assert {"run", "report", "diff", "watch", "explain", "--help"} <= bash("connleak ")
    assert bash("connleak rep") == {"report"}
    for command, options in OPTIONS.items():
        assert set(options) <= bash(f"connleak {command} -")
    assert bash("connleak run --format ") == FORMATS
    assert bash("connleak report -f j") == {"json", "junit"}
    assert bash("connleak run --fail-on ") == {"leaked", "drained", "exhausted", "none"}
    assert bash("connleak run --color ") == {"auto", "always", "never"} and "most" in bash("connleak report --sort ")
    assert bash("connleak report --verdict lea") == {"leaked"}
    (tmp_path / "connleak.1.dump").touch()
    assert bash(f"connleak report {tmp_path}/conn") == {f"{tmp_path}/connleak.1.dump"}
    assert "true" in bash("connleak run -- tru") and "true" in bash("connleak run -f json tru")
    assert "--format" not in bash("connleak run ls --f")  # from CMD on the options are CMD's


def test_fish_completes_commands_options_and_values():
    def fish(line):
        out = subprocess.run([harness.which("fish"), "--no-config", "-c", f"source {DOC}/connleak.fish; complete -C '{line}'"], check=True,
                             capture_output=True, text=True, env={**os.environ, "HOME": "/nonexistent"}).stdout
        return {offer.split("\t")[0] for offer in out.splitlines()}

    assert {"run", "report", "diff", "watch", "explain"} <= fish("connleak ")
    for command, options in OPTIONS.items():
        assert {o for o in options if o.startswith("--")} <= fish(f"connleak {command} --")
    assert fish("connleak run --format ") == FORMATS


def test_zsh_completion_loads():
    names = "compdef() { :; }; _arguments() { print -l -- $@; }; _describe() { print -l -- $commands; }; CURRENT=3;"
    for command, options in OPTIONS.items():
        script = f"{names} words=(connleak {command} -); source {DOC}/_connleak"
        out = subprocess.run([harness.which("zsh"), "-f", "-c", script], check=True, capture_output=True, text=True)
        assert out.stderr == ""
        assert [o for o in options if not re.search(rf"(?<![\w-]){o}\b", out.stdout)] == [], command
