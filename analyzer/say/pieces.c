/* SPDX-License-Identifier: Apache-2.0 */
#include "say/pieces.h"

const char *colour(const struct report *r, const char *code)
{
	return r->colour ? code : "";
}
