/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a goroutine is about, by the functions on its stack: names are more stable than the numbers
 * of the runtime's own reasons. `frames` are addresses to go back to, innermost first, as the image
 * has them. Pure, as image.h.
 */
#ifndef CONNLEAK_GOIMAGE_PARKED_H
#define CONNLEAK_GOIMAGE_PARKED_H

#include "goimage/image.h"

/* "select", "IO wait", ...: in the words of Go's tracebacks; NULL: in nothing that has a name. */
const char *go_parked_in(const struct go_image *image, const uint64_t *frames, uint32_t n);

/* net/http's reader of HTTP/1 waits, in its own select, only for a body that it handed out to be read to its
 * end or closed (transport.go, persistConn.readLoop). */
bool go_handed_out(const struct go_image *image, const uint64_t *frames, uint32_t n);

/* It reads the body of an HTTP/2 response: net/http's, x/net's, also vendored, or a message of gRPC's. Who
 * reads the connection is another goroutine, which always waits. */
bool go_reads_body(const struct go_image *image, const uint64_t *frames, uint32_t n);

/* It is in the handler of a request that was accepted (net/http, HTTP/1 and 2; x/net; gRPC). `made`: where
 * its go statement is, which tells of one that runs, whose stack cannot be read. */
bool go_handles(const struct go_image *image, const uint64_t *frames, uint32_t n, uint64_t made);

/* One of the runtime's own, by where it started: runtime.NumGoroutine() does not count it. */
bool go_runtimes_own(const struct go_image *image, uint64_t start);

/* The function that the go statement named, without its package: the outermost that is no wrapper of the
 * compiler's. Always terminated, "" unknown. How many of the outermost frames it looked at: of the same ones
 * it says the same, as long as there is another frame in them. */
uint32_t go_called(const struct go_image *image, const uint64_t *frames, uint32_t n, char to[16]);

/* How long the package in a function's name is: "net/http" of "net/http.(*Client).Get". */
size_t go_package(const char *function);
/* And the size of what it is a method of, "net/http.(*Transport)"; 0: of no pointer. */
size_t go_receiver(const char *name);

#endif
