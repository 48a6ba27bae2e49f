# SPDX-License-Identifier: Apache-2.0
"""TLS that nobody sees into: Node and Java bring their own. It is "tls", without framing, and nothing is guessed:
idle is drained by heuristic, and leaked needs the kernel's word; or that one more is opened for each request, and
nobody watches those that were. Node watches all that it has, by epoll."""
import subprocess

import pytest

import harness

NODE = """
const https = require('https'), fs = require('fs');
// Until so many of this program's connections, all that there are to the server, have more unread in the kernel (proc(5)) than
// a record, which could be TLS's own.
function unread(port, many, then) {
  const lines = fs.readFileSync('/proc/self/net/tcp', 'latin1').split('\\n').map(line => line.trim().split(/ +/));
  const those = lines.filter(f => f[2] && parseInt(f[2].slice(-4), 16) === port && parseInt(f[4].slice(9), 16) > 20000);
  those.length < many ? setTimeout(unread, 20, port, many, then) : then();
}
const agent = new https.Agent({keepAlive: true});
let kept = [], n = 0;
function one() {
  https.get(process.argv[1], {agent, ca: require('fs').readFileSync(process.argv[2])}, r => {
    kept.push(r);
    const fill = process.argv[3] === 'unread' && r.headers['content-length'] > 1000000 ? 6 : 0;
    const next = () => ++n < 6 ? one() : unread(+new URL(process.argv[1]).port, fill, () => process.exit(0));
    if (process.argv[3] === 'read') { r.resume(); r.on('end', () => setTimeout(next, 5)); } else next();
  });
}
one();
"""
JAVA = """
import java.io.*; import java.net.*; import java.util.*; import javax.net.ssl.*; import java.security.*;
import java.security.cert.*;
public class Https {
  static List<Object> kept = new ArrayList<>();
  /** How many of this program's connections, all that there are to the server, have as much unread in the kernel (proc(5)). */
  static long unread(int port) throws Exception {
    String peer = String.format(":%04X", port);
    long n = 0;
    for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6"))
      if (new File(table).exists())
        for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of(table))) {
          String[] f = line.trim().split(" +");
          if (f[2].endsWith(peer) && Long.parseLong(f[4].substring(9), 16) > 20000) n++;
        }
    return n;
  }
  public static void main(String[] a) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("a", CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(a[1])));
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    SSLSocketFactory factory = context.getSocketFactory();  // the pool goes by it
    for (int i = 0; i < 6; i++) {
      HttpsURLConnection c = (HttpsURLConnection) new URL(a[0]).openConnection();
      c.setSSLSocketFactory(factory);
      InputStream in = c.getInputStream();
      if (a[2].equals("read")) while (in.read(new byte[65536]) >= 0) ;
      kept.add(c); kept.add(in);
    }
    while (a[2].equals("unread") && unread(new URL(a[0]).getPort()) < 6 && ((HttpsURLConnection) kept.get(0)).getContentLength() > 1000000)
      Thread.sleep(20);
    Runtime.getRuntime().halt(0);
  }
}
"""


@pytest.fixture(scope="module")
def java(tmp_path_factory):
    folder = tmp_path_factory.mktemp("java")
    (folder / "Https.java").write_text(JAVA)
    subprocess.run([harness.which("javac"), "-nowarn", "Https.java"], cwd=folder, check=True, capture_output=True)
    return [harness.which("java"), "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", str(folder), "Https"]


def https(run, host):
    connections = [c for c in run.report["connections"] if c["tls"]]
    for c in connections:
        assert c["protocol"] == "tls" and c["host"] == host
        assert (c["requests"], c["responses"], c["body_expected"], c["body_received"]) == (0, 0, None, 0)
        assert c["evidence"] in ("heuristic", "kernel", "reuse")
    return connections


def told(run, host):
    return sorted(f"{c['verdict']}/{c['reason']} by {c['evidence']}" for c in https(run, host))


# read or not, size: verdicts. What lies unread in the program's own memory nobody sees, and nobody claims to.
BODIES = [
    ("read", 300000, ["drained/kept-alive by heuristic"]),
    ("unread", 100, ["drained/bypassed by heuristic"] * 5 + ["drained/kept-alive by heuristic"]),
    ("unread", 3000000, ["leaked/undrained by kernel"] * 6),
]


@pytest.mark.parametrize("how, size, expected", BODIES)
def test_node(tls_server, how, size, expected):
    run = harness.run([harness.which("node"), "-e", NODE, f"https://localhost:{tls_server.port}/fixed?size={size}",
                       tls_server.certificate, how])
    assert run.status == 0, run.err
    assert told(run, "localhost") == expected


@pytest.mark.parametrize("how, size, expected", [BODIES[0], ("unread", 100, ["leaked/abandoned by reuse"] * 6), BODIES[2]])
def test_java(tls_server, java, how, size, expected):
    run = harness.run([*java, f"https://localhost:{tls_server.port}/fixed?size={size}", tls_server.certificate, how])
    assert run.status == 0, run.err
    assert told(run, None) == expected  # a name without a dot is none that Java would send


def test_tickets_in_the_queue_are_no_answer(tls_server):
    """A session that only shook hands, TLS 1.3: the server's tickets lie unread in the queue."""
    script = """
import fcntl, os, socket, ssl, struct, sys, termios
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
t = ssl.create_default_context(cafile=sys.argv[2]).wrap_socket(s, server_hostname="localhost")
while struct.unpack("i", fcntl.ioctl(t, termios.FIONREAD, b"1234"))[0] <= 300: pass
os._exit(0)
"""
    run = harness.both(["/usr/bin/python3", "-c", script, str(tls_server.port), tls_server.certificate])
    connection, = [c for c in run.report["connections"] if c["tls"]]
    assert connection["queued"] > 300
    assert (connection["verdict"], connection["evidence"]) == ("drained", "heuristic")
