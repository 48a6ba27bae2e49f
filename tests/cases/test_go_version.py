# SPDX-License-Identifier: Apache-2.0
"""The Go that is here, however old: its programs are recorded, or declined by a line, and run all the same."""
import subprocess

import pytest

import golang
import harness

PROGRAM = """package main

import (
	"fmt"
	"io/ioutil"
	"net"
	"net/http"
)

func main() {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	go http.Serve(listener, nil)
	answer, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		panic(err)
	}
	text, _ := ioutil.ReadAll(answer.Body)
	fmt.Println(answer.StatusCode, len(text))
}
"""


@pytest.mark.parametrize("cgo", ["0", "1"])
def test_recorded_or_declined(tmp_path, cgo):
    (tmp_path / "ask.go").write_text(PROGRAM)
    subprocess.run([harness.ROOT / "tests/victims/go/build.sh", tmp_path / "ask", tmp_path / "ask.go"], check=True,
                   env=harness.environment({"CGO_ENABLED": cgo}))
    version = golang.version()
    known = golang.KNOWN[0] <= version <= golang.KNOWN[1]
    run = harness.both([str(tmp_path / "ask")], same_output=known)
    assert "404 19\n" in run.out
    if known:
        assert sorted(c["verdict"] for c in run.connections) == ["drained", "drained", "listening"], run.connections
        assert not run.report["warnings"] and run.report["process"]["runtime"].startswith("go{}.{}".format(*version))
    else:
        assert "is a Go program" in run.err and "runs without being recorded" in run.err
        assert not run.connections and any("not recorded" in w for w in run.report["warnings"])
