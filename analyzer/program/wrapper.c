/* SPDX-License-Identifier: Apache-2.0 */
#include "program/wrapper.h"

#include <stddef.h>
#include <string.h>

/* The options that take a value in the next word where it is not in their own; the rest of their
 * options have none, or only in their own word. */
static const struct wrapper {
	const char *name;
	const char *letters;  /* -u VALUE, -uVALUE */
	const char *words[6]; /* --unset VALUE, --unset=VALUE */
	int operands;         /* before the program: a duration, a mask */
	const char *unclear;  /* letters after which the program is not where it seems to be */
} wrappers[] = {
	{"env", "uC", {"unset", "chdir"}, 0, "S"},
	{"nice", "n", {"adjustment"}, 0, ""},
	{"nohup", "", {NULL}, 0, ""},
	{"setsid", "", {NULL}, 0, ""},
	{"timeout", "ks", {"kill-after", "signal"}, 1, ""},
	{"stdbuf", "ioe", {"input", "output", "error"}, 0, ""},
	{"ionice", "cn", {"class", "classdata"}, 0, "pPu"},
	{"time", "fo", {"format", "output"}, 0, ""},
};

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const struct wrapper *wrapper_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
		if (strcmp(wrappers[i].name, name) == 0)
			return &wrappers[i];
	return NULL;
}

/* -C and --chdir, -i, -, --ignore-environment, -u and --unset, of env alone. */
static void note_env_option(struct wrapped *w, char letter, const char *value)
{
	if (letter == 'C')
		w->other_folder = true;
	if (letter == 'i')
		w->other_path = w->no_preload = true;
	if (letter == 'u' && value && strcmp(value, "PATH") == 0)
		w->other_path = true;
	if (letter == 'u' && value && strcmp(value, "LD_PRELOAD") == 0)
		w->no_preload = true;
}

/* One word "--name", "--name=value"; `next` is the word after it. Words that it takes, 0: unclear. */
static int long_option(const struct wrapper *of, const char *word, const char *next, struct wrapped *w)
{
	size_t n = strcspn(word + 2, "=");
	const char *value = word[2 + n] ? word + 3 + n : NULL;
	bool env = of == wrappers;

	if (env && strncmp(word, "--split-string", 2 + n) == 0 && n)
		return 0;
	if (env && strcmp(word, "--ignore-environment") == 0)
		note_env_option(w, 'i', NULL);
	for (int i = 0; of->words[i]; i++)
		if (strlen(of->words[i]) == n && strncmp(of->words[i], word + 2, n) == 0) {
			if (env)
				note_env_option(w, of->letters[i], value ? value : next);
			return value ? 1 : next ? 2 : 0;
		}
	return 1;
}

/* One word of letters, "-iuNAME". */
static int letters(const struct wrapper *of, const char *word, const char *next, struct wrapped *w)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const char *value = letter[1] ? letter + 1 : next;
		bool takes = strchr(of->letters, *letter);

		if (strchr(of->unclear, *letter))
			return 0;
		if (of == wrappers)
			note_env_option(w, *letter, takes ? value : NULL);
		if (takes)
			return letter[1] ? 1 : next ? 2 : 0;
	}
	return 1;
}

/* The words that are options; they end at the first one that is none, or after "--". NULL: unclear. */
static char **skip_options(const struct wrapper *of, char **at, struct wrapped *w)
{
	while (*at && (*at)[0] == '-') {
		int taken;

		if (strcmp(*at, "--") == 0)
			return at + 1;
		if (strcmp(*at, "-") == 0 && of == wrappers)
			note_env_option(w, 'i', NULL);
		taken = (*at)[1] == '-' ? long_option(of, *at, at[1], w) : letters(of, *at, at[1], w);
		if (!taken)
			return NULL;
		at += taken;
	}
	return at;
}

/* NAME=VALUE, for env. */
static char **skip_assignments(char **at, struct wrapped *w)
{
	for (; *at && strchr(*at, '='); at++) {
		if (strncmp(*at, "PATH=", 5) == 0)
			w->other_path = true;
		if (strncmp(*at, "LD_PRELOAD=", 11) == 0)
			w->no_preload = !strstr(*at, "libconnleak");
	}
	return at;
}

bool wrapper_look(char **argv, struct wrapped *w)
{
	const struct wrapper *of = argv[0] ? wrapper_by_name(name_of(argv[0])) : NULL;
	char **at;

	*w = (struct wrapped){0};
	if (!of)
		return false;
	at = skip_options(of, argv + 1, w);
	if (at && of == wrappers)
		at = skip_assignments(at, w);
	for (int i = 0; at && i < of->operands; i++)
		at = *at ? at + 1 : NULL;
	if (!at || !*at)
		return false;
	w->argv = at;
	return true;
}
