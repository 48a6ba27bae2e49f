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
	"time"

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

func ofPlain(how, address string) {
	for i := 0; i < times; i++ {
		c, err := net.Dial("tcp", address)
		must(err)
		fmt.Fprint(c, "PING\r\n")
		if how == "waiting" {
			r := bufio.NewReader(c)
			_, err = r.ReadString('\n')
			must(err)
			go r.ReadString('\n')
		}
	}
}

func main() {
	library, how, address := os.Args[1], os.Args[2], ""
	if len(os.Args) > 3 {
		address = os.Args[3]
	}
	map[string]func(string, string){"redis": ofRedis, "sql": ofSQL, "grpc": ofGRPC, "own": ofOwn, "plain": ofPlain}[library](how, address)
	time.Sleep(300 * time.Millisecond)
	fmt.Println("goroutines", runtime.NumGoroutine())
}
