// SPDX-License-Identifier: Apache-2.0

// Goroutines that open, read, close early, cancel and time out, both ends in one process: soak SECONDS GOROUTINES [whole].
// With "whole" each body is read to its end. Prints what must have been: sockets, and with "whole" requests.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var dialled, accepted, requests int64

func handler(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/slow" {
		select {
		case <-r.Context().Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
	w.Write(make([]byte, 20000))
}

func one(c *http.Client, url string, how int) {
	limit, path := time.Minute, "/"
	if how == 3 {
		limit, path = 20*time.Millisecond, "/slow"
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, "GET", url+path, nil)
	response, err := c.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	switch how {
	case 0:
		io.Copy(io.Discard, response.Body)
		atomic.AddInt64(&requests, 1)
	case 2:
		cancel()
	}
}

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		atomic.AddInt64(&accepted, 1)
	}
	return c, err
}

func client() *http.Client {
	count := func(network, address string, c syscall.RawConn) error { // for each socket, before it connects
		atomic.AddInt64(&dialled, 1)
		return nil
	}
	dial := (&net.Dialer{Control: count}).DialContext
	config := &tls.Config{InsecureSkipVerify: true}
	return &http.Client{Transport: &http.Transport{DialContext: dial, TLSClientConfig: config, MaxIdleConnsPerHost: 20}}
}

// Until no other goroutine could go on, at three looks in a row: what nobody waits for any more has been dialled and closed then.
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

func main() {
	seconds, _ := strconv.ParseFloat(os.Args[1], 64)
	goroutines, _ := strconv.Atoi(os.Args[2])
	whole := len(os.Args) > 3
	var all sync.WaitGroup
	var ends []func()
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	for _, secure := range []bool{false, true} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(handler))
		s.Listener = listener{s.Listener}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		if secure {
			s.StartTLS()
		} else {
			s.Start()
		}
		c := client()
		for g := 0; g < goroutines; g++ {
			all.Add(1)
			go func(g int) {
				defer all.Done()
				for i := g; time.Now().Before(end); i++ {
					if whole {
						one(c, s.URL, 0)
					} else {
						one(c, s.URL, i%4)
					}
				}
			}(g)
		}
		ends = append(ends, c.CloseIdleConnections, s.Close)
	}
	all.Wait()
	for _, close := range ends {
		close()
	}
	rest()
	fmt.Println(2+dialled+accepted, 2*requests)
}
