# SPDX-License-Identifier: Apache-2.0
"""java from a source file, and node as a server; as clients both are in the table."""
import pathlib
import subprocess
import urllib.request

import harness
import table
from programs import Service, eventually, free_port, nothing_left, tcp, verdicts

# It asks for sockets of IPv6 where an interface has an address of that (if_inet6), and maps the others.
ADDRESSES = pathlib.Path("/proc/net/if_inet6")
KIND = "tcp6" if ADDRESSES.exists() and ADDRESSES.read_text() else "tcp"


def test_java_from_a_source_file(server):
    """It compiles itself first: many files and threads, and one connection."""
    run = harness.both(["java", "-XX:TieredStopAtLevel=1", str(table.CLIENTS / "UrlConnection.java"),
                        f"http://127.0.0.1:{server.port}/fixed?size=5000", "read"])
    assert run.out == "done\n"
    assert verdicts(run.report) == {"drained/kept-alive": 1}
    connection, = tcp(run.report)
    assert (connection["kind"], connection["responses"], connection["reused"]) == (KIND, 6, 5)
    assert run.report["summary"]["threads"]["alive"] <= run.report["summary"]["threads"]["created"] + 1


NODE_SERVER = """
const http = require('http'), held = [];
const server = http.createServer((request, response) => {
  if (request.url === '/quit') { response.end(); server.close(() => {}); server.closeAllConnections(); }
  else if (request.url === '/forget') held.push(response);
  else if (request.url === '/half') { response.writeHead(200, {'Content-Length': 100}); response.write('half'); }
  else response.end('hello');
}).listen(+process.argv[1], '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
"""


def node_server():
    port = free_port()
    service = Service(["node", "-e", NODE_SERVER, str(port)], port, recorded=True)
    service.url = f"http://127.0.0.1:{port}"
    return service


def accepted(report):
    return [c for c in tcp(report) if c["role"] == "server"]


def test_node_server_closes_all():
    with node_server() as service:
        for _ in range(3):
            subprocess.run(["curl", "-s", service.url, service.url], check=True, capture_output=True, timeout=harness.TIMEOUT)
        urllib.request.urlopen(service.url + "/quit", timeout=harness.TIMEOUT).close()
        service.stop_signal = 0  # it ends by itself
        service.stop()
    assert service.status == 0, service.output()
    report, = service.reports
    # our own probe asked nothing
    assert sorted(c["responses"] for c in accepted(report)) == [0, 1, 2, 2, 2]
    nothing_left(service)


def test_node_server_forgets_to_answer():
    with node_server() as service:
        clients = [subprocess.Popen(["curl", "-s", "-N", service.url + path], stdout=subprocess.PIPE)
                   for path in ("/forget", "/half")]
        assert clients[1].stdout.read(4) == b"half"
        assert eventually(lambda: sum(c["requests"] for r in harness.report(service.folder).reports
                                      for c in accepted(r)), 2)
        service.stop()
        for client in clients:
            client.kill()
            client.communicate()
    assert service.status == 0, service.output()
    found = [(c["verdict"], c["reason"], c["evidence"]) for c in accepted(service.reports[0]) if c["requests"]]
    assert found == 2 * [("leaked", "unanswered", "framing")]
