/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/tls: what Conn.Read hands over and Conn.Write is given, handed to the framing. */
#ifndef CONNLEAK_GOLANG_CRYPTO_H
#define CONNLEAK_GOLANG_CRYPTO_H

#include <stdbool.h>

#include "goimage/image.h"
#include "golang/enter.h"

enum { GOLANG_TLS_READ, GOLANG_TLS_READ_BACK, GOLANG_TLS_WRITE, GOLANG_TLS_COUNT };

/* Where a session keeps its descriptor. False: something is missing. */
bool golang_tls_learn(const struct go_image *image);

/* One of the places above was reached. */
void golang_tls_event(const struct golang_frame *f);

#endif
