// SPDX-License-Identifier: Apache-2.0

// Client and server in one process: bench-go MODE NUMBER. MODE is keep-alive, close (a connection for each request) or tls
// (keep-alive). Prints what a request costs, in us: processor time, then on the clock. Without arguments it only starts.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"io/ioutil"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"syscall"
	"time"
)

func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func get(c *http.Client, url string, n int) {
	for i := 0; i < n; i++ {
		response, err := c.Get(url)
		if err != nil {
			panic(err)
		}
		io.Copy(ioutil.Discard, response.Body)
		response.Body.Close()
	}
}

func main() {
	if len(os.Args) < 3 {
		return
	}
	mode := os.Args[1]
	n, _ := strconv.Atoi(os.Args[2])
	body := make([]byte, 236)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(body) }))
	transport := &http.Transport{DisableKeepAlives: mode == "close"}
	if mode == "tls" {
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
		server.StartTLS()
	} else {
		server.Start()
	}
	client := &http.Client{Transport: transport}
	get(client, server.URL, n/10+1)
	clock, before := time.Now(), cpu()
	get(client, server.URL, n)
	wall, used := time.Since(clock), cpu()-before
	fmt.Printf("%.3f %.3f\n", float64(used.Nanoseconds())/float64(n)/1e3, float64(wall.Nanoseconds())/float64(n)/1e3)
}
