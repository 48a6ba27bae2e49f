# SPDX-License-Identifier: Apache-2.0
"""Stacks of Java: what the report names is what a stack trace of Java itself names, class, method, file and line."""
import pathlib

import pytest

import harness

SOURCE = harness.ROOT / "tests" / "victims" / "Opened.java"
# Methods that Java hides from its own traces by an annotation; what hides itself otherwise we hide, too.
HIDDEN = {"java.lang.Thread.runWith", "jdk.internal.reflect.DirectMethodHandleAccessor.invokeImpl"}


def machines():
    """Each JVM of this machine that is of a version we know, by its path."""
    found = {}
    for java in sorted(pathlib.Path("/usr/lib/jvm").glob("*/bin/java")):
        home = java.resolve().parents[1]
        release = (home / "release").read_text(encoding="utf-8")
        version = release.split('JAVA_VERSION="')[1].split('"')[0]
        if version.split(".")[0] in ("17", "21", "25"):
            found[str(home)] = version
    return found


MACHINES = machines()
JAVA = pytest.mark.parametrize("home", MACHINES, ids=MACHINES.get)


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    harness.execute([harness.which("javac"), "--release", "17", "-d", str(folder), str(SOURCE)], check=True)
    return str(folder)


@pytest.fixture(scope="module")
def churn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("churn")
    source = SOURCE.parent / "Churn.java"
    harness.execute([harness.which("javac"), "--release", "17", "-d", str(folder), str(source)], check=True)
    return str(folder)


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    folder = tmp_path_factory.mktemp("named")
    harness.execute([harness.which("javac"), "--release", "17", "-d", str(folder), str(SOURCE.parent / "Named.java")], check=True)
    return str(folder)


def test_a_jvm_is_here():
    assert MACHINES


def told(out):
    """Local port -> the trace, ["Opened.open:37:Opened.java", ...]."""
    return {int(line.split()[0]): line.split()[1:] for line in out.splitlines()}


def stack_of(run, port):
    connection, = [c for c in run.connections if c["role"] == "client" and c["local"].endswith(f":{port}")]
    return run.report["stacks"][str(connection["stack"])]


def frames(stack):
    return [f"{f['function']}:{f['line'] or 0}:{(f['file'] or '').split('/')[-1]}"
            for f in stack if f["language"] == "java" and f["function"] not in HIDDEN]


def compare(run, traces, depth):
    assert traces
    for port, trace in traces.items():
        stack = stack_of(run, port)
        got = frames(stack)
        own = next(i for i, f in enumerate(got) if f.startswith("Opened.open:"))
        assert all(f.startswith(("java.", "sun.")) for f in got[:own]), got
        got = got[own:]
        assert got == trace[:len(got)]
        assert len(got) == len(trace) or len(stack) == depth, (got, trace)


MODES = [[], ["-Xint"], ["-Xcomp", "-XX:TieredStopAtLevel=1"], ["-XX:-TieredCompilation"],
         ["-XX:+UseZGC", "-Xmx64m"], ["-Xcheck:jni", "-Xshare:off"]]


@JAVA
@pytest.mark.parametrize("mode", MODES, ids=" ".join)
def test_names_what_java_names(classes, home, mode):
    """In a loop that is interpreted first, then compiled, inlined, deoptimized; its heap is collected meanwhile."""
    rounds, every = ("30000", "3000") if "-Xint" not in mode and "-Xcheck:jni" not in mode else ("3000", "300")
    run = harness.run([f"{home}/bin/java", *mode, "-cp", classes, "Opened", rounds, every],
                      env={"CONNLEAK_STACK_DEPTH": "64"})
    assert run.status == 0 and run.err == ""
    assert run.report["process"]["runtime"] == f"OpenJDK {MACHINES[home]}"
    assert not run.report["warnings"]
    compare(run, told(run.out), 64)


@JAVA
def test_virtual_threads(classes, home):
    if MACHINES[home].startswith("17"):
        pytest.skip("Java 17 has no virtual threads")
    run = harness.run([f"{home}/bin/java", "-cp", classes, "Opened", "200", "100", "virtual"],
                      env={"CONNLEAK_STACK_DEPTH": "64"})
    traces = told(run.out)
    assert run.status == 0 and sum("java.lang.VirtualThread.run" in " ".join(t) for t in traces.values()) == 1
    for port, trace in traces.items():
        got = frames(stack_of(run, port))
        own = next(i for i, f in enumerate(got) if f.startswith("Opened.open:"))
        assert got[own:][:len(trace)] == trace


COLLECTORS = [["-XX:+UseG1GC"], ["-XX:+UseZGC"], ["-XX:+UseSerialGC"], ["-XX:+UseShenandoahGC"], ["-XX:-UseCompressedOops"],
              ["-XX:+UnlockExperimentalVMOptions", "-XX:+UseCompactObjectHeaders"]]


CLIENT = """import java.net.URI;
import java.net.http.*;
class Get {
  static HttpClient make() {
    return HttpClient.newHttpClient();
  }
  public static void main(String[] a) throws Exception {
    HttpRequest to = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + a[0] + "/fixed?size=300000")).build();
    HttpClient client = make();
    var handler = HttpResponse.BodyHandlers.ofInputStream();
    if (a[1].equals("send"))
      client.send(to, handler); // 12
    else
      client.sendAsync(to, handler).get(); // 14
    Runtime.getRuntime().halt(0);
  }
}
"""


@pytest.mark.parametrize("way,line", [("send", 12), ("async", 14)])
def test_the_jdks_client_dials_far_from_the_program(server, way, line, tmp_path):
    """Some forty frames of the JDK lie in between, or a thread of its own dials, which a line of the program's has made."""
    (tmp_path / "Get.java").write_text(CLIENT, encoding="utf-8")
    harness.execute([harness.which("javac"), "-d", str(tmp_path), str(tmp_path / "Get.java")], check=True)
    run = harness.both(["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", str(tmp_path), "Get", str(server.port), way])
    client, = [c for c in run.connections if c["role"] == "client" and c["verdict"] == "leaked"]
    dump, = run.dumps()
    text = " ".join(harness.execute([harness.CONNLEAK, "report", str(dump)]).stdout.split())
    if any(f["function"] == "Get.main" for f in run.report["stacks"][str(client["stack"])]):
        assert f" at Get.java:{line} in Get.main how fast" in text or f" at Get.java:{line} in Get.main started" in text
    else:
        assert f"started at Get.java:{line} in Get.main" in text.split("opened by thread")[1].split("what to do")[0]
    assert "java:0" not in text
    thread = next(t for t in run.report["threads"] if t["name"].endswith("SelectorManager"))
    assert ["Get.make", 5] in [[f["function"], f["line"]] for f in run.report["stacks"][str(thread["stack"])]]


@JAVA
@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda c: c[-1])
def test_names_of_threads(named, home, collector):
    """While the heap is collected without end: the whole name, cut to what the dump has room for, and never another's.
    Where the collector moves it just then it is lost: then there is what the kernel has of it, and none of a virtual
    thread's."""
    java = f"{home}/bin/java"
    if harness.execute([java, *collector, "-version"], check=False).returncode:
        pytest.skip(f"{MACHINES[home]} has no {collector[-1]}")
    run = harness.run([java, *collector, "-Xmx48m", "-cp", named, "Named", "8"])
    assert run.status == 0 and not run.report["warnings"], run.err
    threads = {t["id"]: t["name"] for t in run.report["threads"]}
    opened = {c["local"].rsplit(":", 1)[-1]: c for c in run.connections if c["role"] == "client"}
    said = [line.split("\t") for line in run.out.splitlines()]
    assert len(said) >= 80
    lost = {"platform": [], "virtual": []}
    for port, kind, number, name in said:
        thread, task = threads[opened[port]["opened_by"]], opened[port]["task"]
        if kind == "platform":
            assert task is None and thread in (name[:79], name.encode()[:15].decode(errors="replace"))
        else:
            assert task in (None, name or f"VirtualThread[#{number}]")
        if thread != name[:79] if kind == "platform" else not task:
            lost[kind].append((name, thread, task))
    if "-XX:+UseShenandoahGC" in collector:  # moves while threads run: what is read of one may be from before it was renamed
        lost["platform"] = [one for one in lost["platform"] if one[0] != "by another name than before"]
    assert len(lost["platform"]) <= ("-XX:+UseZGC" in collector) * len(said) / 4, lost
    if "-XX:+UseZGC" in collector:  # moves at any time: it is not asked
        assert len(lost["virtual"]) == len([kind for _, kind, _, _ in said if kind == "virtual"])
    else:
        assert len(lost["virtual"]) <= len(said) / 8, lost


@JAVA
def test_leads_with_its_own_line(classes, home, tmp_path):
    run = harness.run([f"{home}/bin/java", "-cp", classes, "Opened", "200", "100"])
    line = next(n for n, text in enumerate(SOURCE.read_text(encoding="utf-8").splitlines(), 1) if "new Socket(" in text)
    places = [s["place"] for s in run.report["call_sites"] if s["opened"] and "Opened" in s["place"]]
    assert any(f"Opened.java:{line}" in p for p in places), run.report["call_sites"]
    opener, = [t for t in run.report["threads"] if t["name"] == "opener"]
    assert [c for c in run.connections if c["opened_by"] == opener["id"]]


@pytest.mark.parametrize("collector", ["-XX:+UseZGC", "-Xcheck:jni"])
def test_while_all_is_thrown_away(churn, collector):
    """Threads, classes with their methods, compiled code and the heap, while sockets are opened from them."""
    run = harness.both([harness.which("java"), collector, "-Xmx96m", "-cp", churn, "Churn", "5", "2"])
    assert run.out.strip().isdigit() and run.err == "" and not run.report["warnings"]
    stacks = run.report["stacks"]
    asked = [c for c in run.connections if c["role"] == "client"]
    assert len(asked) > 10 and all(any(f["language"] == "java" for f in stacks[str(c["stack"])]) for c in asked)
    assert any("Churn$Once.run" == f["function"] for c in asked for f in stacks[str(c["stack"])])


def test_from_a_source_file():
    run = harness.both([harness.which("java"), "-XX:TieredStopAtLevel=1", str(SOURCE), "4", "2"], same_output=False)
    assert run.status == 0
    compare(run, {port: [f for f in trace] for port, trace in told(run.out).items()}, 32)


def test_the_same_from_the_dump_elsewhere(classes):
    run = harness.run([harness.which("java"), "-cp", classes, "Opened", "4", "2"])
    again = harness.report(*run.dumps())
    assert again.reports[0]["stacks"] == run.report["stacks"]


def test_nothing_is_seen_of_us(classes):
    """Threads, classes, agents and compilations: what the JVM says of itself is the same with us."""
    command = [harness.which("java"), "-Xcheck:jni", "-XX:NativeMemoryTracking=off", "-cp", classes, "Opened", "4", "2"]
    alone, with_us = harness.native(command), harness.run(command)
    assert (alone.status, alone.err) == (with_us.status, with_us.err) == (0, "")
    assert [line.split()[1:] for line in alone.out.splitlines()] == [line.split()[1:] for line in with_us.out.splitlines()]
