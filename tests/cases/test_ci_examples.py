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


def block_with(text):
    page = (CI / "README.md").read_text()
    block, = [b for b in re.findall(r"^```\n(.*?)^```", page, re.M | re.S) if text in b]
    return block.replace("/usr/lib/x86_64-linux-gnu/libconnleak.so", harness.LIBRARY)


SETTINGS = """<settings><mirrors><mirror><id>debian</id><mirrorOf>*</mirrorOf><url>file:///usr/share/maven-repo</url>
</mirror></mirrors></settings>"""
# What is to be fetched is Debian's, and lies here: the commands on the page stay as they are.
OF_DEBIAN = {
    "mvn": ("-q -s $home/settings.xml -Dsurefire.version=2.22.3 -Dmaven.repo.local=$home/m2", "target/surefire-reports"),
    "gradle": ("-q --offline -I $home/init.gradle -g $home/gradle-home", "build/test-results/test"),
}


@pytest.fixture
def java(tmp_path, env):
    """The Java project, and how to run a line of the page in it."""
    project = shutil.copytree(CI / "java", tmp_path / "java")
    (tmp_path / "settings.xml").write_text(SETTINGS)
    (tmp_path / "init.gradle").write_text("allprojects { repositories { maven { url 'file:///usr/share/maven-repo' } } }")
    for name, (options, _) in OF_DEBIAN.items():
        script = tmp_path / name
        script.write_text(f'#!/bin/sh\nhome={tmp_path}\nexec {harness.which(name)} {options} "$@"\n')
        script.chmod(0o755)
    path = f"{tmp_path}:{env['PATH']}"
    return project, lambda command: run(command, project, {**env, "PATH": path, "HOME": str(tmp_path)})


def assert_the_leak_alone_failed(project, tool):
    suite = xml.etree.ElementTree.parse(project / OF_DEBIAN[tool][1] / "TEST-org.example.FetchTest.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "0", "0")  # as without us
    failed = [(c.get("name"), c.get("file")) for c in xml.etree.ElementTree.parse(project / "leaks.xml").iter("testcase") if c.findall("failure")]
    source = "src/main/java/org/example/Fetch.java"  # Java itself tells the file's name only
    line = 1 + [n for n, text in enumerate((project / source).read_text().splitlines()) if "kept = new" in text][0]
    assert failed == [(f"org.example.Fetch.leaky ({source}:{line})", source)]


def test_gradle(java):
    project, does = java
    command, = [line for line in block_with("-- gradle").splitlines() if "-- gradle" in line]
    result = does(command)
    assert result.returncode == 99, result.stdout + result.stderr
    assert_the_leak_alone_failed(project, "gradle")


def test_maven_by_variables_alone(java):
    project, does = java
    result = does(block_with("export LD_PRELOAD"))
    assert result.returncode == 1, result.stdout + result.stderr  # the last command's: there is a leak
    assert_the_leak_alone_failed(project, "mvn")


def test_only_what_is_new(project, env):
    block = block_with("connleak diff")
    assert run(block.replace(".ci/leaks.json", "now.json"), project, env).returncode == 0  # the same as its baseline
    (project / ".ci").mkdir()
    (project / ".ci" / "leaks.json").write_text((project / "now.json").read_text())
    source = (project / "leaky.c").read_text()
    (project / "leaky.c").write_text(source.replace("int main", "\n\nint main"))  # two lines further down
    assert run("rm -f leaky; " + block, project, env).returncode == 0
    (project / "leaky.c").write_text(source.replace("int main(void)\n{", "static int more(void)\n{\n\treturn socket(AF_UNIX, "
                                                    "SOCK_STREAM, 0);\n}\n\nint main(void)\n{\n\tmore();"))
    assert run("rm -f leaky; " + block, project, env).returncode == 1
