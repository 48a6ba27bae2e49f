// SPDX-License-Identifier: Apache-2.0

// Who asks is one of many, and made late: behind URL SLOW-URL. Main waits meanwhile for its turn at the only connection to
// the slow one, in the same function as all who ask.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

var done = make(chan bool)

func get(c *http.Client, url string) {
	r, err := c.Get(url)
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, r.Body)
	r.Body.Close()
	done <- true
}

func late(url string) {
	time.Sleep(100 * time.Millisecond)
	get(http.DefaultClient, url)
}

func main() {
	for i := 0; i < 300; i++ {
		go func() { <-make(chan bool) }()
	}
	one := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	go get(one, os.Args[2])
	time.Sleep(50 * time.Millisecond)
	go late(os.Args[1])
	if _, err := (&http.Client{Transport: one.Transport, Timeout: 500 * time.Millisecond}).Get(os.Args[2]); err == nil {
		panic("it had its turn")
	}
	<-done
	fmt.Println("done")
}
