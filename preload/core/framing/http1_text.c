/* SPDX-License-Identifier: Apache-2.0 */
#include "core/framing/http1_text.h"

#include "core/framing/http1_parts.h"

const bool http1_token[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true, ['#' ... '\''] = true,
	['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true, ['^' ... '`'] = true, ['|'] = true, ['~'] = true,
};
const bool http1_target[256] = {['!' ... '~'] = true, [0x80 ... 0xff] = true};
const bool http1_text[256] = {['\t'] = true, [' ' ... '~'] = true, [0x80 ... 0xff] = true};

enum taken take_text(struct feed *feed, bool *cr)
{
	if (!*cr)
		feed_take(feed, (uint64_t)(text_end(feed->at, feed->at + feed->left) - feed->at));
	if (!*cr && feed->left && *feed->at == '\r') {
		*cr = true;
		feed_take(feed, 1);
	}
	if (!feed->left)
		return TAKEN_PART;
	if (feed_byte(feed) != '\n')
		return TAKEN_BAD;
	return *cr ? TAKEN_LINE : TAKEN_LF_LINE;
}
