// SPDX-License-Identifier: Apache-2.0

// Whom the quiz asks: prints its ports for HTTP on three hosts, HTTPS, and HTTPS with HTTP/2; ends with its input. With
// TELL in the environment it prints what it is asked for, too.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"
)

func certificate() tls.Certificate {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, _ := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func serve(s *http.Server, secure bool) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Print(l.Addr().(*net.TCPAddr).Port, " ")
	if secure {
		go s.ServeTLS(l, "", "")
	} else {
		go s.Serve(l)
	}
}

func told(mux http.Handler) http.Handler {
	if os.Getenv("TELL") == "" {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.URL.Path)
		mux.ServeHTTP(w, r)
	})
}

func main() {
	body := make([]byte, 300000)
	mux := http.NewServeMux()
	mux.HandleFunc("/big", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "300000")
		w.Write(body)
	})
	mux.HandleFunc("/small", func(w http.ResponseWriter, r *http.Request) { w.Write(body[:100]) })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { <-make(chan int) }) // than any patience
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		w.Write(body[:100])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/stuck", func(w http.ResponseWriter, r *http.Request) { <-make(chan int) })
	mux.HandleFunc("/huge", func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < 100; i++ {
			w.Write(body)
		}
	})
	config := &tls.Config{Certificates: []tls.Certificate{certificate()}}
	for i := 0; i < 3; i++ {
		serve(&http.Server{Handler: told(mux)}, false)
	}
	none := map[string]func(*http.Server, *tls.Conn, http.Handler){}
	serve(&http.Server{Handler: told(mux), TLSConfig: config.Clone(), TLSNextProto: none}, true)
	serve(&http.Server{Handler: told(mux), TLSConfig: config.Clone()}, true)
	fmt.Println()
	io.Copy(io.Discard, os.Stdin)
}
