// SPDX-License-Identifier: Apache-2.0

// Who asks is one of many, and made late: behind URL SLOW-URL. Main waits meanwhile for its turn at the only connection to
// the slow one, in the same function as all who ask.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"runtime"
	"strings"
	"time"
)

func get(ctx context.Context, c *http.Client, url string) {
	request, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
	r, err := c.Do(request)
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, r.Body)
	r.Body.Close()
}

// Main waits in a select for nothing but its turn.
func mainWaits() bool {
	text := make([]byte, 1<<20)
	return strings.Contains(string(text[:runtime.Stack(text, true)]), "\ngoroutine 1 [select")
}

func late(url string, done func()) {
	for !mainWaits() {
		time.Sleep(time.Millisecond)
	}
	get(context.Background(), http.DefaultClient, url)
	done()
}

func main() {
	for i := 0; i < 300; i++ {
		go func() { <-make(chan bool) }()
	}
	one := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	taken := make(chan bool, 1)
	got := func(httptrace.GotConnInfo) { taken <- true }
	go get(httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{GotConn: got}), one, os.Args[2])
	<-taken
	turn, done := context.WithCancel(context.Background())
	go late(os.Args[1], done)
	request, _ := http.NewRequestWithContext(turn, "GET", os.Args[2], nil)
	if _, err := one.Do(request); err == nil {
		panic("it had its turn")
	}
	fmt.Println("done")
}
