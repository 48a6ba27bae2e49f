/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may stand behind a chunk's size (RFC 9112 section 7.1.1), and nothing else may:
 *
 *   chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS value ] )  name: a token; value: a token or a quoted string
 *
 * A CR in a quoted string ends no line, and neither does one behind what the grammar does not know:
 * another reader may see another length there. Blanks before the end of the line are let pass: servers
 * fill the line up with them.
 */
#include "core/framing/http1_parts.h"
#include "core/framing/http1_text.h"

enum class { BLANK, TOKEN, EQUALS, QUOTE, SEMICOLON, CR, CLASSES };

static enum class class_of(uint8_t c)
{
	switch (c) {
	case ' ': case '\t': return BLANK;
	case '=': return EQUALS;
	case '"': return QUOTE;
	case ';': return SEMICOLON;
	case '\r': return CR;
	default: return http1_token[c] ? TOKEN : CLASSES;
	}
}

static const uint8_t behind[EXT_QUOTED][CLASSES] = {
	[EXT_OVER]  = {[BLANK] = EXT_OVER, [SEMICOLON] = EXT_NEXT, [CR] = EXT_LF},
	[EXT_NEXT]  = {[BLANK] = EXT_NEXT, [TOKEN] = EXT_NAME},
	[EXT_NAME]  = {[BLANK] = EXT_NAMED, [TOKEN] = EXT_NAME, [EQUALS] = EXT_IS, [SEMICOLON] = EXT_NEXT,
		       [CR] = EXT_LF},
	[EXT_NAMED] = {[BLANK] = EXT_NAMED, [EQUALS] = EXT_IS, [SEMICOLON] = EXT_NEXT, [CR] = EXT_LF},
	[EXT_IS]    = {[BLANK] = EXT_IS, [TOKEN] = EXT_VALUE, [QUOTE] = EXT_QUOTED},
	[EXT_VALUE] = {[BLANK] = EXT_OVER, [TOKEN] = EXT_VALUE, [SEMICOLON] = EXT_NEXT, [CR] = EXT_LF},
};

/* RFC 9110 section 5.6.4: `"` ends it, but not behind a backslash, which no control character may follow. */
static unsigned in_quotes(unsigned state, uint8_t c)
{
	if (!http1_text[c])
		return EXT_BAD;
	if (state == EXT_ESCAPED)
		return EXT_QUOTED;
	return c == '"' ? EXT_OVER : c == '\\' ? EXT_ESCAPED : EXT_QUOTED;
}

static unsigned next(unsigned state, uint8_t c)
{
	if (state == EXT_LF)
		return c == '\n' ? EXT_TAKEN : EXT_BAD;
	if (state >= EXT_QUOTED)
		return in_quotes(state, c);
	return class_of(c) == CLASSES ? EXT_BAD : behind[state][class_of(c)];
}

unsigned take_extension(struct feed *feed, unsigned state)
{
	while (feed->left && state > EXT_TAKEN)
		state = next(state, feed_byte(feed));
	return state;
}
