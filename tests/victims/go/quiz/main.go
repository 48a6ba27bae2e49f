// SPDX-License-Identifier: Apache-2.0

// The quiz itself: six http.Get, or as many as COUNT says, and what becomes of the bodies. quiz VARIANT URL...
// Prints how many goroutines there are when all have come to rest; then stays for as many milliseconds as STAY says.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

func transport() *http.Transport {
	return &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: os.Getenv("H2") != "",
	}
}

func get(c *http.Client, url, variant string) {
	ctx, cancel := context.WithCancel(context.Background())
	if variant == "timeout" { // of the answer: how long it takes to ask is the machine's affair
		wrote := func(httptrace.WroteRequestInfo) { time.AfterFunc(400*time.Millisecond, cancel) }
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: wrote})
	}
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		panic(err)
	}
	response, err := c.Do(request) // the line that asks
	if err != nil {
		cancel()
		return
	}
	switch variant {
	case "read", "hosts", "pools":
		io.Copy(io.Discard, response.Body)
	case "reading": // what never comes to its end
		go io.Copy(io.Discard, response.Body)
	case "closed":
		response.Body.Close()
	case "cancelled":
		cancel()
	}
}

// Ten megabytes, for which nobody waits but the one that sends them; calls `asked` before.
func post(c *http.Client, url string, asked func()) {
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{WroteHeaders: asked})
	request, err := http.NewRequestWithContext(ctx, "POST", url, bytes.NewReader(make([]byte, 10000000)))
	if err != nil {
		panic(err)
	}
	c.Do(request)
}

// Until no other goroutine could go on, at three looks in a row. What is under way to one of them arrives between two.
func rest() {
	text := make([]byte, 4<<20)
	for looks := 0; looks < 3; looks++ {
		time.Sleep(100 * time.Millisecond)
		for i, one := range strings.Split(string(text[:runtime.Stack(text, true)]), "\n\n") {
			state, _, _ := strings.Cut(one, "]")
			if i > 0 && (strings.Contains(state, "[run") || strings.Contains(state, "[syscall")) { // the first is this one
				looks = -1
			}
		}
	}
}

// Until the transport of HTTP/2 has read all answers to their ends: a goroutine of its own does each request until then.
func ahead() {
	text := make([]byte, 4<<20)
	for strings.Contains(string(text[:runtime.Stack(text, true)]), ".doRequest(") {
		time.Sleep(time.Millisecond)
	}
}

var dialled []net.Conn

// Of "tcp 127.0.0.1:80" and "unix @name" each: the library comes to the socket by different ways.
func dial(to []string) {
	for _, it := range to {
		network, address, _ := strings.Cut(it, " ")
		c, err := net.Dial(network, address) // the line that dials
		if err != nil {
			panic(err)
		}
		dialled = append(dialled, c)
	}
}

func main() {
	variant, urls := os.Args[1], os.Args[2:]
	if variant == "dials" {
		dial(urls)
		return
	}
	client := &http.Client{Transport: transport()}
	if variant == "quiet" { // one socket, and forty that never make a call
		l, _ := net.Listen("tcp", "127.0.0.1:0")
		l.Close()
		for i := 0; i < 40; i++ {
			go func() { <-make(chan int) }()
		}
	}
	count := 6
	if text := os.Getenv("COUNT"); text != "" {
		count, _ = strconv.Atoi(text)
	}
	var begun sync.WaitGroup
	for i := 0; i < count && variant != "quiet"; i++ {
		if variant == "pools" {
			client = &http.Client{Transport: transport()}
		}
		if variant == "crowd" {
			begun.Add(1)
			go func() { defer begun.Done(); get(client, urls[0], "unread") }()
		} else if variant == "reading-one" {
			get(client, urls[0], map[bool]string{true: "reading", false: "unread"}[i == 0])
		} else if variant == "posting" {
			begun.Add(1)
			go post(client, urls[0], begun.Done)
		} else {
			get(client, urls[i%len(urls)], variant)
		}
	}
	begun.Wait()
	if variant == "ahead" { // bodies that nobody reads, and that fit into what the transport reads all the same
		ahead()
	}
	rest()
	fmt.Println("goroutines", runtime.NumGoroutine())
	stay, _ := strconv.Atoi(os.Getenv("STAY"))
	time.Sleep(time.Duration(stay) * time.Millisecond)
}
