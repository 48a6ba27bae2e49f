/* SPDX-License-Identifier: Apache-2.0 */
#include "core/framing/http1_parts.h"

uint16_t start_class(unsigned status)
{
	if (status == 101)
		return HEAD_SWITCHING;
	if (status < 200)
		return HEAD_INTERIM;
	if (status == 204 || status == 304)
		return HEAD_EMPTY;
	return status < 300 ? HEAD_SUCCESS : 0;
}

void head_forget_length(struct dump_frame *f)
{
	f->remaining = 0;
	f->body = 0;
	frame_flags(f, 0, DUMP_FRAME_LENGTH);
}

void head_word(struct dump_frame *f, unsigned field, unsigned word)
{
	if (field == TRANSFER_ENCODING && word == IDENTITY && !(f->flags & DUMP_FRAME_CHUNKED)) {
		frame_flags(f, 0, HEAD_CODED); /* none, as every client takes it: of RFC 2616, gone since RFC 7230 */
	} else if (field == TRANSFER_ENCODING) { /* the last coding decides */
		frame_flags(f, 0, DUMP_FRAME_CHUNKED);
		frame_flag(f, HEAD_CODED | (word == CHUNKED ? DUMP_FRAME_CHUNKED : 0));
	} else if (field == UPGRADE) {
		frame_flag(f, word == H2C ? HEAD_H2C : 0);
	} else if (word == CLOSE) {
		frame_flag(f, DUMP_FRAME_CLOSE);
	} else if (word == KEEP_ALIVE) {
		frame_flag(f, HEAD_KEEP);
	}
}
