# SPDX-License-Identifier: Apache-2.0
"""doc/fleet.md, run: its tables, queries and rule are taken from the page, the stores and their tools are real."""
import contextlib
import json
import os
import re
import signal
import subprocess
import urllib.request

import pytest

import harness
import made_up
import npm

PAGE = (harness.ROOT / "doc/fleet.md").read_text()


def block(title):
    """What stands in the page under the comment `title`."""
    found = re.search(r"```\w+\n(?:--|#) " + re.escape(title) + r"\n(.*?)```", PAGE, re.S)
    assert found, f"doc/fleet.md has no block {title!r}"
    return found[1]


@contextlib.contextmanager
def running(*command, **how):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(harness.TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(url, data=None):
    try:
        with urllib.request.urlopen(url, data, timeout=harness.TIMEOUT) as response:
            return response.read().decode()
    except OSError:
        return None


@pytest.fixture(scope="module")
def dump(server):
    run = harness.run([harness.victim("transport"), "unread", f"127.0.0.1:{server.port}"])
    assert run.verdicts() == {("leaked", "undrained"): 6}
    return run.dumps()[0]


def report(form, *arguments):
    result = subprocess.run([harness.CONNLEAK, "report", "-f", form, *arguments], capture_output=True, timeout=harness.TIMEOUT)
    assert result.returncode == 1 and not result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def fleet(dump, tmp_path_factory):
    path = tmp_path_factory.mktemp("fleet") / "all.rows"
    made_up.write([json.loads(line) for line in report("rows", dump).splitlines()], path)
    return path


# ---- ClickHouse

CONFIG = """<yandex><logger><level>error</level><log>{0}/log</log><errorlog>{0}/errors</errorlog></logger>
<http_port>{1}</http_port><tcp_port>{2}</tcp_port><listen_host>127.0.0.1</listen_host><path>{0}/data/</path>
<tmp_path>{0}/tmp/</tmp_path><mark_cache_size>5368709</mark_cache_size><users_config>{0}/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database></yandex>"""
USERS = """<yandex><profiles><default></default></profiles><quotas><default></default></quotas><users><default><password></password>
<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users></yandex>"""


@pytest.fixture(scope="module")
def clickhouse(fleet, tmp_path_factory):
    folder, http, native = tmp_path_factory.mktemp("clickhouse"), harness.free_port(), harness.free_port()
    (folder / "config.xml").write_text(CONFIG.format(folder, http, native))
    (folder / "users.xml").write_text(USERS)
    client = [harness.which("clickhouse-client"), "--host=127.0.0.1", f"--port={native}"]
    with running(harness.which("clickhouse-server"), f"--config-file={folder}/config.xml", cwd=folder):
        harness.until(lambda: answers(f"http://127.0.0.1:{http}/ping"))
        subprocess.run([*client, "--query", block("ClickHouse: the table")], check=True, timeout=harness.TIMEOUT)
        load = re.search(r"^    clickhouse-client (.*?) < all\.rows$", PAGE, re.S | re.M)[1].replace("\\\n", "")
        with open(fleet) as rows:
            subprocess.run(" ".join(client) + " " + load, shell=True, stdin=rows, check=True, timeout=harness.TIMEOUT)

        def ask(title):
            out = subprocess.run([*client, "--query", block(title) + " FORMAT JSONCompact"], check=True, capture_output=True,
                                 timeout=harness.TIMEOUT).stdout
            return [tuple(int(v) if isinstance(v, str) and v.isdigit() else v for v in row) for row in json.loads(out)["data"]]
        yield ask


def test_clickhouse(clickhouse):
    assert clickhouse("ClickHouse: which places leak, on how many hosts") == made_up.which()
    assert sorted(clickhouse("ClickHouse: since which build")) == sorted(made_up.since())
    assert clickhouse("ClickHouse: the trend") == made_up.trend()
    first = clickhouse("ClickHouse: whom the leaked connections were to")[0]
    assert first[:3] == ("10.0.0.7:443", "undrained", "http/1.1") and first[3] > 1000


# ---- DuckDB

VERSION = "1.5.6-r.1"
DUCKDB = {"@duckdb/node-api": VERSION, "@duckdb/node-bindings": VERSION,
          f"@duckdb/node-bindings-linux-{'x64' if os.uname().machine == 'x86_64' else 'arm64'}": VERSION}

READ = """
const { DuckDBInstance } = require(process.argv[2]);
(async () => {
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    for (const query of JSON.parse(process.argv[3]))
        console.log(JSON.stringify((await connection.runAndReadAll(query)).getRowsJson()));
})();
"""


def test_duckdb(fleet, tmp_path):
    npm.unpack(tmp_path, DUCKDB)
    (tmp_path / "read.js").write_text(READ)
    titles = ("the rows", "which places leak, on how many hosts", "since which build", "the trend")
    out = subprocess.run([harness.which("node"), tmp_path / "read.js", tmp_path / "node_modules/@duckdb/node-api",
                          json.dumps([block(f"DuckDB: {title}") for title in titles])], cwd=fleet.parent, check=True,
                         capture_output=True, text=True, timeout=harness.TIMEOUT).stdout
    number = [[tuple(int(v) if isinstance(v, str) and v.isdigit() else v for v in row) for row in json.loads(line)]
              for line in out.splitlines()]
    assert number[1] == made_up.which()
    assert sorted(number[2]) == sorted(made_up.since())
    assert number[3] == made_up.trend()


# ---- Prometheus

def rule(folder):
    """The page's rule, with seconds in place of its minutes: only the tempo is the test's."""
    text = block("Prometheus: an alert when a place grows")
    (folder / "page.yml").write_text(text)
    subprocess.run([harness.which("promtool"), "check", "rules", folder / "page.yml"], check=True, timeout=harness.TIMEOUT)
    assert text.count("30m") == 2
    (folder / "rule.yml").write_text(text.replace("[30m]", "[5s]").replace("for: 30m", "for: 1s"))


@pytest.mark.parametrize("grows", [True, False], ids=["grows", "plateau"])
def test_prometheus(dump, tmp_path, grows):
    """A textfile that node_exporter reads, which Prometheus scrapes; it grows or does not, and the alert fires or does not."""
    textfiles, exporter, port = tmp_path / "textfiles", harness.free_port(), harness.free_port()
    textfiles.mkdir()
    rule(tmp_path)
    (tmp_path / "prometheus.yml").write_text(json.dumps({  # YAML is a superset of JSON
        "global": {"scrape_interval": "250ms", "scrape_timeout": "250ms", "evaluation_interval": "250ms"},
        "rule_files": ["rule.yml"],
        "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}]}))
    text = report("prometheus", dump).decode()
    sample = re.search(r'^(connleak_open_sockets\{.*verdict="leaked"\}) 6$', text, re.M)
    api = f"http://127.0.0.1:{port}/api/v1/"

    def step(n):
        (textfiles / "tmp").write_text(text.replace(sample[0], f"{sample[1]} {n}"))
        os.rename(textfiles / "tmp", textfiles / "connleak.prom")

    def seen(query):
        answer = answers(api + "query?query=" + query)
        return answer and json.loads(answer)["data"]["result"]

    def firing():
        answer = answers(api + "alerts")
        alerts = answer and json.loads(answer)["data"]["alerts"]
        return [a for a in alerts or () if a["state"] == "firing"]

    step(10)
    with running(harness.which("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{exporter}",
                 "--collector.disable-defaults", "--collector.textfile", f"--collector.textfile.directory={textfiles}"), \
            running(harness.which("prometheus"), f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
                    f"--web.listen-address=127.0.0.1:{port}", cwd=tmp_path):
        harness.until(lambda: seen("connleak_open_sockets"))
        n = [10]

        def told():
            """It has fired, or looked at what does not grow for longer than the rule asks for."""
            n[0] += 2 if grows else 0
            step(n[0])
            often = seen("count_over_time(connleak_open_sockets[1h])")
            return firing() or not grows and often and int(often[0]["value"][1]) > 28
        harness.until(told, every=0.25)  # a step for each scrape: growth is a thing of time
        alerts = firing()
        assert bool(alerts) == grows
        if grows:
            assert "connect_to" in alerts[0]["annotations"]["summary"]


# ---- pprof

def test_pprof_of_many_hosts(dump, tmp_path):
    """The sum of three hosts in one file, which pprof opens again."""
    files = [tmp_path / f"host{i}.pb.gz" for i in range(3)]
    for path in files:
        path.write_bytes(report("pprof", dump))
    pprof = [harness.which("go"), "tool", "pprof"]
    subprocess.run([*pprof, "-proto", f"-output={tmp_path}/all.pb.gz", *files], check=True, capture_output=True, timeout=harness.TIMEOUT)
    top = subprocess.run([*pprof, "-top", "-sample_index=leaked", tmp_path / "all.pb.gz"], check=True, capture_output=True, text=True,
                         timeout=harness.TIMEOUT).stdout
    assert " of 18 total" in top
