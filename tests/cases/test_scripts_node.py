# SPDX-License-Identifier: Apache-2.0
"""Stacks of Node.js: what the report names is what a stack trace of JavaScript names where the connection's handle is
made, function, file and line; the socket itself is made by the event loop, where nobody of the program's is left."""
import json
import os
import pathlib
import subprocess

import pytest

import harness

SCRIPT = harness.ROOT / "tests" / "victims" / "opened.cjs"


def nodes():
    """Each node of this machine, and those that CONNLEAK_TEST_NODES names, by version."""
    paths = [harness.which("node"), *filter(None, os.environ.get("CONNLEAK_TEST_NODES", "").split(":"))]
    return {subprocess.run([p, "--version"], capture_output=True, text=True, check=True).stdout.strip(): p for p in paths}


NODES = nodes()
NODE = pytest.mark.parametrize("version", [pytest.param(version, marks=pytest.mark.skipif(
    not harness.node_is_known(path), reason=f"Node.js {version} is declined, which the last test sees")) for version, path in NODES.items()])


def stack_of(run, port):
    connection, = [c for c in run.connections if c["role"] == "client" and c["local"].endswith(f":{port}")]
    return run.report["stacks"][str(connection["stack"])]


def frames(stack):
    return [[f["function"], f["line"], f["file"]] for f in stack if f["language"] == "javascript" and f["file"]]


def compare(run):
    traces = [json.loads(line) for line in run.out.splitlines()]
    for port, trace in traces:
        got = frames(stack_of(run, port))
        own = next(i for i, f in enumerate(got) if f[2].endswith((".cjs", ".mjs")))
        assert own and all(f[2].startswith("node:") for f in got[:own])
        assert got[own:] == trace[:len(got) - own]
        assert len(got) - own == len(trace)
    return [trace[0][:2] for _, trace in traces]


@NODE
def test_names_what_javascript_names(version):
    """Methods, getters, closures, eval, async functions before and after their awaits, a loop that is compiled and
    optimized, http.get; of a CommonJS script, an ES module and a worker."""
    run = harness.run([NODES[version], str(SCRIPT), "60000", "20000"], env={"CONNLEAK_STACK_DEPTH": "64"})
    assert (run.status, run.err) == (0, "")
    assert run.report["process"]["runtime"] == f"Node.js {version}"
    assert not run.report["warnings"]
    opened = compare(run)
    assert len(opened) == 21
    assert {name for name, _ in opened} == {"open", "request", "connect"}


@NODE
def test_leads_with_its_own_line(version, tmp_path):
    script = tmp_path / "fetch.js"
    script.write_text("const net = require('net');\n"
                      "function fetch_profile(port) {\n"
                      "  net.connect(port, '127.0.0.1', function () { this.write('GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); });\n"
                      "}\n"
                      "const server = net.createServer(() => {}).listen(0, '127.0.0.1', () => {\n"
                      "  for (let i = 0; i < 8; i++) fetch_profile(server.address().port);\n"
                      "  setTimeout(() => process.exit(0), 200);\n"
                      "});\n", encoding="utf-8")
    run = harness.both([NODES[version], str(script)])
    site, = [s for s in run.report["call_sites"] if s["opened"] == 8 and "fetch" in s["place"]]
    assert "fetch.js:3" in site["place"] and "fetch_profile" in site["place"]


@NODE
@pytest.mark.parametrize("flags", [["--jitless"], ["--always-turbofan"], ["--stack-size=200"], ["--expose-gc", "--gc-interval=50"],
                                   ["--max-old-space-size=100", "--max-semi-space-size=1"]], ids=" ".join)
def test_unnoticed(version, flags):
    """The same numbers of frames and lines, however V8 runs the script and collects its heap; nothing on its streams."""
    if flags == ["--always-turbofan"] and version.startswith("v18"):
        flags = ["--always-opt"]
    command = [NODES[version], *flags, str(SCRIPT), "300", "100"]
    alone, with_us = harness.native(command), harness.run(command, env={"CONNLEAK_STACK_DEPTH": "64"})
    assert (alone.status, alone.err) == (with_us.status, with_us.err) and not alone.status

    def without_port(out):
        return [json.loads(line)[1] for line in out.splitlines()]
    assert without_port(alone.out) == without_port(with_us.out)
    compare(with_us)


@NODE
def test_while_all_is_thrown_away(version):
    """Workers, functions and the heap, while sockets are opened from them; fetch(), too, names who called it."""
    run = harness.both([NODES[version], "--expose-gc", str(SCRIPT.parent / "churn.cjs"), "12", "3"])
    assert run.out.strip().isdigit() and not run.report["warnings"]
    stacks = [run.report["stacks"][str(c["stack"])] for c in run.connections if c["role"] == "client"]
    assert len(stacks) > 20 and all(any(f["language"] == "javascript" for f in s) for s in stacks)
    fetched = [s for s in stacks if any(f["function"] == "fetch" for f in s)]
    assert fetched and all(any(f["function"] == "work" for f in s) for s in fetched)


@NODE
def test_a_heap_that_is_almost_full(version, tmp_path):
    """Nothing is asked of V8 there: within the last megabyte a trace made the program end that lives without us."""
    script = tmp_path / "full.js"
    script.write_text("const net = require('net'), v8 = require('v8'), keep = [];\n"
                      "while (v8.getHeapStatistics().used_heap_size < Number(process.argv[2]) * 2 ** 20)\n"
                      "  keep.push(new Array(2000).fill(0).map((_, i) => ({ i })));\n"
                      "const server = net.createServer(s => s.destroy()).listen(0, '127.0.0.1', () => {\n"
                      "  let left = 100;\n"
                      "  (function next() {\n"
                      "    if (!left--) { console.log(keep.length); process.exit(0); }\n"
                      "    net.connect(server.address().port, '127.0.0.1').on('error', () => {}).on('close', next);\n"
                      "  })();\n"
                      "});\n", encoding="utf-8")
    # Where collecting takes most of the time, which is the machine's affair, V8 would give up before the heap is full.
    flags = ["--max-old-space-size=40", "--no-detect-ineffective-gcs-near-heap-limit"]
    for used, asked in (0, True), (34, False):
        run = harness.both([NODES[version], *flags, str(script), str(used)], same_output=False)
        clients = [run.report["stacks"][str(c["stack"])] for c in run.connections if c["role"] == "client"]
        assert len(clients) == 100
        assert [any(f["file"] == str(script) for f in stack) for stack in clients] == 100 * [asked]


@NODE
def test_a_thousand_at_once(version, tmp_path):
    """All of them wait for the event loop, each under the line that dialled it."""
    script = tmp_path / "many.js"
    script.write_text("const net = require('net');\n"
                      "let left = 1000;\n"
                      "const over = () => --left || setImmediate(() => process.exit(0));\n"
                      "const one = port => net.connect(port, '127.0.0.1', over);\n"
                      "const other = port => net.connect(port, '127.0.0.1', over);\n"
                      "const server = net.createServer(() => {}).listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {\n"
                      "  for (let i = 0; i < 500; i++) { one(server.address().port); other(server.address().port); }\n"
                      "});\n", encoding="utf-8")
    run = harness.both([NODES[version], str(script)])
    clients = [frames(run.report["stacks"][str(c["stack"])]) for c in run.connections if c["role"] == "client"]
    lines = [next((f[:2] for f in stack if f[2] == str(script)), None) for stack in clients]
    assert len(lines) == 1000 and all(lines.count(line) == 500 for line in (["one", 4], ["other", 5]))


@NODE
def test_unix_sockets(version, tmp_path):
    script = tmp_path / "dial.js"
    script.write_text("const net = require('net'), path = __dirname + '/socket';\n"
                      "const dial = () =>\n"
                      "  net.connect(path, () => setTimeout(() => process.exit(0), 50));\n"
                      "net.createServer(() => {}).listen(path, dial);\n", encoding="utf-8")
    run = harness.run([NODES[version], str(script)])
    (tmp_path / "socket").unlink(missing_ok=True)
    client, = [c for c in run.connections if c["role"] == "client"]
    assert ["dial", 3, str(script)] in frames(run.report["stacks"][str(client["stack"])])


@NODE
def test_an_address_of_several(version, tmp_path):
    """Nobody listens at the first: node tries the next by itself, with another handle."""
    script = tmp_path / "several.js"
    script.write_text("const net = require('net'), all = ['127.0.0.2', '127.0.0.1'].map(address => ({ address, family: 4 }));\n"
                      "function dial(port) {\n"
                      "  net.connect({ host: 'several', port, autoSelectFamily: true, lookup: (n, o, done) => done(null, all) },\n"
                      "              () => setTimeout(() => process.exit(0), 50));\n"
                      "}\n"
                      "const server = net.createServer(() => {}).listen(0, '127.0.0.1', () => dial(server.address().port));\n",
                      encoding="utf-8")
    run = harness.both([NODES[version], str(script)])
    clients = [c for c in run.connections if c["role"] == "client"]
    assert len(clients) == 2
    for client in clients:
        assert ["dial", 3, str(script)] in frames(run.report["stacks"][str(client["stack"])])


@NODE
def test_what_is_accepted_is_theirs_who_listen(version, tmp_path):
    """The event loop accepts: the lines are those that made the socket listen, of TCP, of a path, and of http; a client
    that is bound to an address has its own."""
    script = tmp_path / "serve.js"
    script.write_text("const net = require('net'), http = require('http'), path = __dirname + '/socket';\n"
                      "let left = 6, there = () => { if (!--left) process.exit(0); };\n"  # both ends of all three
                      "function dial(where) { net.connect(where, there); }\n"
                      "function serve_http(server) {\n"
                      "  server.listen(0, () => dial({ port: server.address().port, host: '127.0.0.1', localAddress: '127.0.0.1' }));\n"
                      "}\n"
                      "function serve_tcp(server) {\n"
                      "  server.listen({ port: 0 }, () => dial({ port: server.address().port, host: '127.0.0.1' }));\n"
                      "}\n"
                      "function serve_path() { net.createServer(there).listen(path, () => dial({ path })); }\n"
                      "serve_http(http.createServer(() => {}).on('connection', there));\n"
                      "serve_tcp(net.createServer(there));\n"
                      "serve_path();\n", encoding="utf-8")
    run = harness.run([NODES[version], str(script)])
    assert run.status == 0 and not run.report["warnings"]

    def where(role):
        stacks = [frames(run.report["stacks"][str(c["stack"])]) for c in run.connections if c["role"] == role]
        return sorted(f[:2] for s in stacks for f in s[:next(i for i, f in enumerate(s) if f[2] == str(script)) + 1] if f[2] == str(script))
    assert where("server") == [["serve_http", 5], ["serve_path", 10], ["serve_tcp", 8]]
    assert where("client") == [["dial", 3]] * 3
    places = [s["place"] for s in run.report["call_sites"] if s["opened"]]
    assert all("serve.js:" in p for p in places), places


def test_async_hooks_see_the_same(tmp_path):
    """What async_hooks tells of handles is told in the same order: our question runs where theirs ran."""
    script = tmp_path / "hooks.js"
    script.write_text("const net = require('net'), fs = require('fs'), seen = [];\n"
                      "require('async_hooks').createHook({ init(id, type, trigger) { seen.push([id, type, trigger]); } }).enable();\n"
                      "const server = net.createServer(s => s.end()).listen(0, '127.0.0.1', () => {\n"
                      "  net.connect(server.address().port, '127.0.0.1').on('close', () => {\n"
                      "    server.close(); fs.writeSync(1, JSON.stringify(seen)); }).resume();\n"
                      "});\n", encoding="utf-8")
    harness.both([harness.which("node"), str(script)])


def test_a_node_that_nobody_knows_is_declined(tmp_path):
    """A function of V8's has another name: said once, and the stacks are those of the addresses."""
    name = b"_ZNK2v810StackFrame11GetLocationEv"
    node = pathlib.Path(harness.which("node")).resolve()
    if "libnode" in harness.execute(["ldd", str(node)]).stdout:
        pytest.skip("libnode.so calls its own function by that name, and would not start")
    (tmp_path / "node").write_bytes(node.read_bytes().replace(name, name[:-1] + b"w"))
    (tmp_path / "node").chmod(0o755)
    run = harness.both([str(tmp_path / "node"), "-e", "require('net').connect(1, '127.0.0.1').on('error', () => {})"])
    warning, = run.report["warnings"]
    assert "Node.js" in warning
    assert not any(f["language"] == "javascript" for s in run.report["stacks"].values() for f in s)
