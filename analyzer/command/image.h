/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process images, from dump to report: read, decided, suppressed, printed, judged. What
 * `connleak run` and `connleak report` have in common.
 */
#ifndef CONNLEAK_IMAGE_H
#define CONNLEAK_IMAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "model/model.h"
#include "command/options.h"
#include "judge/suppress.h"

struct image {
	char *path; /* NULL: there is no dump; the process is only known from outside */
	struct dump *dump;
	struct model model;
	uint64_t process_began; /* of order.c: when the first image of its process began */
	const char **suppressed; /* by connection: the suppression's name, or NULL */
	struct suppressed *walked; /* the same where they are walked, and then how many are left of each verdict */
	uint64_t left[VERDICT_COUNT];
};

struct images {
	struct image *image;
	size_t count;
	const struct suppressions *suppressions; /* that were applied to them; NULL: none */
};

/* Reads and decides one dump. False: a line on standard error says why. */
bool image_open(struct image *i, const char *path, const struct options *o,
		struct suppressions *s);
/* The same for images_report(): where the format takes it its connections stay in the dump (each.h), or in a
 * copy of them where the process may go on writing it. */
bool image_open_to_report(struct image *i, const char *path, const struct options *o, struct suppressions *s);
void image_close(struct image *i);

/* Finds out who else holds the sockets of each. False only without memory. */
bool images_join(const struct images *all);

/* Prints all of them. False: it could not be written, and a line on standard error says why. */
bool images_report(const struct images *all, const struct options *o, FILE *otherwise,
		   bool name_dumps);

/* Says that the report could not be written to --report-file or to the stream of that name, by errno, and
 * what to do. Returns EXIT_TROUBLE. */
int image_cannot_write(const struct options *o, const char *otherwise);

/* By --color, NO_COLOR and what `to` is. */
bool image_wants_colour(const struct options *o, FILE *to);
/* In columns: of the terminal, by COLUMNS, or what fits a file. */
unsigned image_width(FILE *to);

/* Is there anything that counts as a failure? */
bool images_failed(const struct images *all, const struct options *o);

#endif
