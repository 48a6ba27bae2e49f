# SPDX-License-Identifier: Apache-2.0
"""fetch.py, Fetch.java, fetch.js and so on: the first finding names the file and the line of that program, in the terminal
and in the page, and from the dump where none of it is there any more."""
import pathlib
import shutil

import pytest

import harness
import server as servers

HEAD = "GET /fixed?size=300000 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"
PROGRAMS = {
    "fetch.py": ["import os, socket, sys", "kept = []", "def fetch_profile():",
                 "    kept.append(socket.create_connection(('127.0.0.1', int(sys.argv[1])))) # opens",
                 "    kept[-1].sendall(b'HEAD')", "    kept[-1].recv(100)", "for _ in range(3): fetch_profile()", "os._exit(0)"],
    "Fetch.java": ["import java.net.*;", "class Fetch {", "  static java.util.List<Socket> kept = new java.util.ArrayList<>();",
                   "  static void fetchProfile(int port) throws Exception {", "    Socket s = new Socket(\"127.0.0.1\", port); // opens",
                   "    s.getOutputStream().write(\"HEAD\".getBytes());", "    s.getInputStream().read(new byte[100]);",
                   "    kept.add(s);", "  }", "  public static void main(String[] args) throws Exception {",
                   "    for (int i = 0; i < 3; i++) fetchProfile(Integer.parseInt(args[0]));", "    Runtime.getRuntime().halt(0);", "  }", "}"],
    "fetch.js": ["const net = require('net');", "let left = 3;", "function fetchProfile(port) {",
                 "  const s = net.connect(port, '127.0.0.1', () => s.write('HEAD')); // opens",
                 "  s.once('data', () => { s.pause(); if (!--left) process.exit(0); });", "}",
                 "for (let i = 0; i < 3; i++) fetchProfile(process.argv[2]);"],
    "fetch.rb": ["require 'socket'", "$kept = []", "def fetch_profile", "  s = TCPSocket.new('127.0.0.1', ARGV[0].to_i) # opens",
                 "  s.write(\"HEAD\")", "  s.readpartial(100)", "  $kept << s", "end", "3.times { fetch_profile }", "exit!(0)"],
    "fetch.php": ["<?php", "function fetch_profile() {", "    $s = stream_socket_client('tcp://127.0.0.1:' . $GLOBALS['argv'][1]); // opens",
                  "    fwrite($s, \"HEAD\");", "    fread($s, 100);", "    $GLOBALS['kept'][] = $s;", "}",
                  "for ($i = 0; $i < 3; $i++) fetch_profile();", "posix_kill(posix_getpid(), 9);"],
    "fetch.pl": ["use IO::Socket::INET;", "use POSIX;", "sub fetch_profile {",
                 "    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $ARGV[0]); # opens",
                 "    syswrite($s, \"HEAD\");", "    sysread($s, my $x, 100);", "    push @kept, $s;", "}",
                 "fetch_profile() for 1 .. 3;", "POSIX::_exit(0);"],
    "fetch.cpp": ["#include <arpa/inet.h>", "#include <cstdlib>", "#include <string>", "#include <unistd.h>", "namespace shop { struct Pool {",
                  "__attribute__((noinline)) void fetch_profile(std::string port) {", "  sockaddr_in to{};", "  char some[100];",
                  "  int s = socket(AF_INET, SOCK_STREAM, 0); // opens", "  to.sin_family = AF_INET;", "  to.sin_port = htons(std::stoi(port));",
                  "  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);", "  std::string head = \"HEAD\";",
                  "  if (connect(s, (sockaddr *)&to, sizeof to) || write(s, head.data(), head.size()) < 0 || read(s, some, 100) < 0) abort();",
                  "} }; }", "int main(int, char **a) { for (int i = 0; i < 3; i++) shop::Pool().fetch_profile(a[1]); _exit(0); }"],
    "fetch.rs": ["use std::io::{Read, Write};", "#[inline(never)]", "fn fetch_profile(port: &str) {",
                 "    let mut s = std::net::TcpStream::connect(format!(\"127.0.0.1:{}\", port)).unwrap(); // opens",
                 "    s.write_all(b\"HEAD\").unwrap();", "    s.read(&mut [0; 100]).unwrap();", "    std::mem::forget(s);", "}",
                 "fn main() { for _ in 0..3 { fetch_profile(&std::env::args().nth(1).unwrap()); } }"],
}
FUNCTIONS = {"Fetch.java": "Fetch.fetchProfile", "fetch.js": "fetchProfile", "fetch.cpp": "shop::Pool::fetch_profile",
             "fetch.rs": "fetch::fetch_profile"}
if not shutil.which("rustc"):  # half a gigabyte of packages: where it is there
    del PROGRAMS["fetch.rs"]
INTERPRETERS = {".py": "/usr/bin/python3", ".js": "node", ".rb": "ruby", ".php": "php", ".pl": "perl"}


def command(script):
    """What a user types, after what he built it by."""
    folder, kind = str(script.parent), script.suffix
    if kind == ".java":
        harness.execute([harness.which("javac"), "-d", folder, str(script)], check=True)
        return [harness.which("java"), "-cp", folder, "Fetch"]
    if kind in (".cpp", ".rs"):
        compiler = ["g++", "-g", "-O1"] if kind == ".cpp" else ["rustc", "-g", "--crate-name", "fetch"]
        harness.execute([harness.which(compiler[0]), *compiler[1:], "-o", f"{folder}/fetch", str(script)], check=True)
        return [f"{folder}/fetch"]
    return [harness.which(INTERPRETERS[kind]), str(script)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_first_finding_is_its_line(name, tmp_path):
    if name == "fetch.js" and not harness.node_is_known():
        pytest.skip("this release's Node.js is declined: see test_scripts_node.py")
    there, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    there.mkdir()
    elsewhere.mkdir()
    script = there / name
    script.write_text("\n".join(PROGRAMS[name]).replace("HEAD", HEAD) + "\n")
    line = next(n for n, text in enumerate(PROGRAMS[name], 1) if text.endswith("opens"))
    with servers.Server() as server:
        run = harness.both([*command(script), str(server.port)], exits=(0, -9))
    first = f"{name}:{line} in {FUNCTIONS.get(name, 'fetch_profile')}"
    dump, = run.dumps()

    def shown(*options):
        return harness.execute([harness.CONNLEAK, "report", *options, str(next(elsewhere.glob("*.dump")))]).stdout
    shutil.copy(dump, elsewhere)
    text = shown()
    head, finding = " ".join(text.split()).split("Leaked: never closed, and of no use to anyone ")
    assert first in head and "LEAKING: 3 connections at " in head
    assert first in finding.split(" opened ")[0] and "3 leaked" in finding.split(" at ")[0]
    assert f"{name}:{line}" in shown("-f", "html")

    # Another machine: nothing of it is there, but for what was built, in a folder of debugging symbols.
    root = tmp_path / "root"
    (root / str(there)[1:]).parent.mkdir(parents=True)
    there.rename(root / str(there)[1:])
    assert shown("--sysroot", str(root)).replace(str(root), "") == text if script.suffix in (".cpp", ".rs") else shown() == text
