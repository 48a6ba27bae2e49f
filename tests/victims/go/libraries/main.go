// SPDX-License-Identifier: Apache-2.0

// What other people's libraries keep open: libraries LIBRARY HOW ADDRESS. Prints "goroutines N" and ends.
//
//	redis   lost (pooled connections that are not given back), given
//	sql     lost (rows that are not closed, of a large answer), given
//	grpc    answered, listened (to a stream that goes on), lost (a stream that nobody listens to)
//	own     lost, read: net/http over connections and sessions of TLS of the program's own types
//	plain   waiting (a goroutine in Read), lost (an answer that nobody reads)
//	grpc serve: prints its port
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/gomodule/redigo/redis"
	_ "github.com/lib/pq"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

const times = 4

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func ofRedis(how, address string) {
	pool := &redis.Pool{Dial: func() (redis.Conn, error) { return redis.Dial("tcp", address) }, MaxIdle: times}
	for i := 0; i < times; i++ {
		c := pool.Get()
		_, err := c.Do("SET", "k", i)
		must(err)
		if how == "given" {
			c.Close()
		}
	}
}

func ofSQL(how, address string) {
	db, err := sql.Open("postgres", address)
	must(err)
	for i := 0; i < times; i++ {
		rows, err := db.Query("select repeat('x', 1000) from generate_series(1, 3000)")
		must(err)
		rows.Next()
		if how == "given" {
			rows.Close()
		}
	}
}

func ofGRPC(how, address string) {
	if how == "serve" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(err)
		s := grpc.NewServer()
		grpc_health_v1.RegisterHealthServer(s, health.NewServer())
		go s.Serve(l)
		fmt.Println(l.Addr())
		io.Copy(io.Discard, os.Stdin)
		return
	}
	c, err := grpc.Dial(address, grpc.WithInsecure())
	must(err)
	client := grpc_health_v1.NewHealthClient(c)
	for i := 0; i < times; i++ {
		if how == "answered" {
			_, err := client.Check(context.Background(), &grpc_health_v1.HealthCheckRequest{})
			must(err)
			continue
		}
		stream, err := client.Watch(context.Background(), &grpc_health_v1.HealthCheckRequest{})
		must(err)
		_, err = stream.Recv()
		must(err)
		if how == "listened" {
			go stream.Recv()
		}
	}
}

type mine struct{ net.Conn }

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &mine{c}, err
}

func dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &mine{tls.Client(c, &tls.Config{InsecureSkipVerify: true})}, nil
}

func ofOwn(how, address string) {
	c := &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dialTLS}}
	for i := 0; i < times; i++ {
		response, err := c.Get(address)
		must(err)
		if how == "read" {
			io.Copy(io.Discard, response.Body)
		}
	}
}

// Until the kernel has something to be read.
func arrived(c *net.TCPConn) {
	raw, err := c.SyscallConn()
	must(err)
	for n := int32(0); n == 0; time.Sleep(time.Millisecond) {
		must(raw.Control(func(fd uintptr) {
			syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCINQ, uintptr(unsafe.Pointer(&n)))
		}))
	}
}

func ofPlain(how, address string) {
	for i := 0; i < times; i++ {
		c, err := net.Dial("tcp", address)
		must(err)
		fmt.Fprint(c, "PING\r\n")
		if how == "lost" {
			arrived(c.(*net.TCPConn))
		} else {
			r := bufio.NewReader(c)
			_, err = r.ReadString('\n')
			must(err)
			go r.ReadString('\n')
		}
	}
}

// Until no other goroutine could go on, at three looks in a row. What is under way to one of them arrives between two.
func rest() {
	text := make([]byte, 1<<20)
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
	library, how, address := os.Args[1], os.Args[2], ""
	if len(os.Args) > 3 {
		address = os.Args[3]
	}
	map[string]func(string, string){"redis": ofRedis, "sql": ofSQL, "grpc": ofGRPC, "own": ofOwn, "plain": ofPlain}[library](how, address)
	rest()
	fmt.Println("goroutines", runtime.NumGoroutine())
}
