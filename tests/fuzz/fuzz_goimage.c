/* SPDX-License-Identifier: Apache-2.0 */
/* Go's tables: sound ones, written over at the places that the input names, four bytes each: offset, value, width. */
#include "goimage/image.h"
#include "must.h"
#include "synth_go.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct go_image *image)
{
	struct go_function f[] = {{"main.outer", 0, 0}, {"runtime.exit", 0, 0}};
	struct go_field g[] = {{"runtime", "runtime.g", "goid", 0, false}};
	size_t length = 0;

	go_image_functions(image, f, 2);
	go_image_fields(image, g, 1);
	go_image_goroutines(image);
	MUST(!g[0].found || g[0].offset < 1u << 31, "a field beyond its struct");
	for (uint64_t at = image->text; at < image->text + 64; at++) {
		struct go_place p[8];
		uint32_t n = go_image_places(image, at, p, 8);

		MUST(n <= 8 && (!n || !p[n - 1].inlined), "no end of what is inlined");
		for (uint32_t i = 0; i < n; i++)
			MUST((!p[i].function || strlen(p[i].function) < SYNTH_GO_SIZE) &&
			     (!p[i].file || strlen(p[i].file) < SYNTH_GO_SIZE), "a text without an end");
	}
	MUST(!go_image_version(image, &length) || length < 32, "a version of any length");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct synth_go *s = malloc(sizeof *s);
	uint8_t *bytes = malloc(SYNTH_GO_SIZE); /* of its own, so that ASan sees its end */

	synth_go(s, !size || data[0] & 1);
	for (size_t i = 1; i + 4 <= size; i += 4) {
		size_t at = (data[i] | (size_t)data[i + 1] << 8) % (SYNTH_GO_SIZE + SYNTH_GO_DATA_SIZE);
		uint8_t *to = at < SYNTH_GO_SIZE ? s->bytes + at : s->data + (at - SYNTH_GO_SIZE);

		*to = data[i + 2];
		if (data[i + 3] & 1 && at + 1 != SYNTH_GO_SIZE && at + 1 < SYNTH_GO_SIZE + SYNTH_GO_DATA_SIZE)
			to[1] = data[i + 3];
	}
	memcpy(bytes, s->bytes, SYNTH_GO_SIZE);
	s->image.segments[0].bytes = bytes;
	if (go_image_open(&s->image, 0))
		read_all(&s->image);
	free(bytes);
	free(s);
	return 0;
}
