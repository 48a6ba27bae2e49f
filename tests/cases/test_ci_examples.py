# SPDX-License-Identifier: Apache-2.0
"""The examples in doc/ci, run as they stand: with a connleak in PATH, in copies of their folders."""
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

import pytest
import yaml

import harness

CI = harness.ROOT / "doc" / "ci"


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    """An environment in which connleak is installed."""
    bin = tmp_path_factory.mktemp("bin")
    (bin / "connleak").symlink_to(harness.CONNLEAK)
    return {"PATH": f"{bin}:{os.environ['PATH']}", "CONNLEAK_LIBRARY": harness.LIBRARY}


@pytest.fixture
def project(tmp_path):
    return shutil.copytree(CI / "project", tmp_path / "project")


def run(command, project, env):
    return harness.execute(["/bin/sh", "-c", command], env=env, cwd=project)


def steps(job):
    """The commands of a job, of GitHub's or of GitLab's."""
    return [s["run"] for s in job["steps"] if "run" in s] if "steps" in job else job["before_script"] + job["script"]


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_the_yaml_is_what_the_servers_want(name):
    """Its form; the servers themselves are not here."""
    text = (CI / name).read_text()
    document = yaml.safe_load(text)
    job, = document["jobs"].values() if name == "github.yml" else document.values()
    assert any("connleak run" in s for s in steps(job))
    written = re.search(r"--report-file (\S+)", " ".join(steps(job)))[1]
    if name == "github.yml":
        assert document["permissions"]["security-events"] == "write" and set(document) >= {"name", "jobs"}
        shown, = [s for s in job["steps"] if "upload-sarif" in s.get("uses", "")]
        assert shown["with"]["sarif_file"] == written and shown["if"] == "always()"
    else:
        assert job["artifacts"] == {"when": "always", "reports": {"junit": written}}


def test_github_actions(project, env):
    command, = [s for s in steps(yaml.safe_load((CI / "github.yml").read_text())["jobs"]["leaks"]) if "connleak run" in s]
    assert run(command, project, env).returncode == 99
    results = json.loads((project / "leaks.sarif").read_text())["runs"][0]["results"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert len(results) == 1 and place["artifactLocation"]["uri"] == "leaky.c" and place["region"]["startLine"] == 7
    (project / "leaky.c").write_text((project / "tidy.c").read_text())
    assert run(command, project, env).returncode == 0


def test_gitlab(project, env):
    command, = [s for s in steps(yaml.safe_load((CI / "gitlab.yml").read_text())["connection leaks"]) if "connleak run" in s]
    assert run(command, project, env).returncode == 99
    cases = xml.etree.ElementTree.parse(project / "leaks.xml").getroot().findall(".//testcase")
    assert [bool(c.findall("failure")) for c in cases if "leaky" in json.dumps(c.attrib)] == [True]
    assert [c for c in cases if "tidy" in json.dumps(c.attrib) and c.findall("failure")] == []


def outcome(text):
    """Which tests passed, in meson's and in ctest's words."""
    return {name: result in ("OK", "Passed") for name, result in
            re.findall(r"(tidy|leaky)[ .]+(OK|ERROR|Passed|\*\*\*Failed)", text)}


def test_meson(project, env):
    assert run("meson setup build", project, env).returncode == 0
    assert outcome(run("meson test -C build", project, env).stdout) == {"tidy": True, "leaky": True}
    under = run("meson test -C build --setup leaks --print-errorlogs", project, env)
    assert outcome(under.stdout) == {"tidy": True, "leaky": False} and "exit status 99" in under.stdout
    assert "leaky.c:7 in main opened 1 socket and closed 0: 1 leaked" in " ".join(under.stdout.split())


def test_ctest(project, env):
    assert run("cmake -B plain && cmake --build plain", project, env).returncode == 0
    assert outcome(run("ctest --test-dir plain", project, env).stdout) == {"tidy": True, "leaky": True}
    assert run("cmake -B build -DCMAKE_BUILD_TYPE=Debug -DLEAKS=ON && cmake --build build", project, env).returncode == 0
    under = run("ctest --test-dir build --output-on-failure", project, env)
    assert outcome(under.stdout) == {"tidy": True, "leaky": False}
    assert "leaky.c:7 in main opened 1 socket and closed 0: 1 leaked" in " ".join(under.stdout.split())


@pytest.mark.parametrize("test,status", [("tidy", 0), ("leaky", 1)])
def test_pytest(tmp_path, env, test, status):
    folder = shutil.copytree(CI / "pytest", tmp_path / "tests")
    result = run(f"/usr/bin/python3 -m pytest -q -p no:cacheprovider -k {test}", folder, env)
    assert result.returncode == status and "1 passed" in result.stdout, result.stdout
    if status:
        assert "1 error" in result.stdout and re.search(r"LEAKING: \d connections? at \S*server\.py:\d+", result.stdout)


def test_by_variables_alone(project, env):
    """As the page has it for Maven and Gradle, with make in their place."""
    page = (CI / "README.md").read_text()
    block, = [b for b in re.findall(r"^```\n(.*?)^```", page, re.M | re.S) if "export LD_PRELOAD" in b]
    block = block.replace("/usr/lib/x86_64-linux-gnu/libconnleak.so", harness.LIBRARY).replace("mvn -B test", "make test")
    result = run(block, project, env)
    assert result.returncode == 1, result.stderr  # the last command's: there is a leak
    assert "<failure" in (project / "leaks.xml").read_text()


def test_only_what_is_new(project, env):
    page = (CI / "README.md").read_text()
    block, = [b for b in re.findall(r"^```\n(.*?)^```", page, re.M | re.S) if "connleak diff" in b]
    assert run(block.replace(".ci/leaks.json", "now.json"), project, env).returncode == 0  # the same as its baseline
    (project / ".ci").mkdir()
    (project / ".ci" / "leaks.json").write_text((project / "now.json").read_text())
    source = (project / "leaky.c").read_text()
    (project / "leaky.c").write_text(source.replace("int main", "\n\nint main"))  # two lines further down
    assert run("rm -f leaky; " + block, project, env).returncode == 0
    (project / "leaky.c").write_text(source.replace("int main(void)\n{", "static int more(void)\n{\n\treturn socket(AF_UNIX, "
                                                    "SOCK_STREAM, 0);\n}\n\nint main(void)\n{\n\tmore();"))
    assert run("rm -f leaky; " + block, project, env).returncode == 1
