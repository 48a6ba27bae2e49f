/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1 against http-parser: a stream of responses when it begins like one, of requests else. */
#include <string.h>

#include "oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool response = size > 5 && memcmp(data, "HTTP/", 5) == 0;
	struct conversation c = {.bytes = {data, data}, .turns = response ? 2 : 1, .eof = response};
	struct known k;
	struct oracle o;

	c.size[response] = size;
	k = conversation_check(&c);
	o = oracle_ask(response ? HTTP_RESPONSE : HTTP_REQUEST, data, size, response);
	oracle_compare(&o, &k, response ? &k.in : &k.out);
	return 0;
}
