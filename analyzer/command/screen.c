/* SPDX-License-Identifier: Apache-2.0 */
#include "command/screen.h"

#include <curses.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define SLICE_MS 250
#define HEAD 5 /* lines above the rows: three about all, the title, the columns' heads */
#define HELP "q quit, enter into, esc back, 1 places, 2 connections, 3 threads, p pause, s sort, r reverse"

enum pair { PAIR_LEAKED = 1, PAIR_DRAINED, PAIR_QUIET };

static SCREEN *screen;
static bool coloured;

bool screen_open(bool colour)
{
	const char *move;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	setlocale(LC_CTYPE, "");
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return false;
	move = tigetstr("cup");
	if (!move || move == (char *)-1) { /* a dumb one */
		screen_close();
		return false;
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	coloured = colour && has_colors();
	if (coloured) {
		start_color();
		use_default_colors();
		init_pair(PAIR_LEAKED, COLOR_RED, -1);
		init_pair(PAIR_DRAINED, COLOR_YELLOW, -1);
		init_pair(PAIR_QUIET, COLOR_BLUE, -1);
	}
	return true;
}

void screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

unsigned screen_rows(void)
{
	return LINES > HEAD + 1 ? (unsigned)(LINES - HEAD - 1) : 1;
}

/* As much of it as has room. Where the locale cannot show a character a question mark stands for it. */
static void put(int y, int x, const char *text, attr_t attributes)
{
	wchar_t wide[512];
	mbstate_t state = {0};
	size_t n = 0;
	int room = COLS - x;

	for (const char *p = text; text && *p && n < sizeof wide / sizeof *wide && room > 0;) {
		wchar_t c;
		size_t length = mbrtowc(&c, p, strlen(p), &state);
		int width;

		if (length == (size_t)-1 || length == (size_t)-2) {
			memset(&state, 0, sizeof state);
			c = L'?';
			length = 1;
		}
		p += length;
		width = wcwidth(c);
		if (width < 0 || width > room)
			continue;
		room -= width;
		wide[n++] = c;
	}
	attrset(attributes);
	if (n && y < LINES)
		mvaddnwstr(y, x, wide, (int)n);
	attrset(A_NORMAL);
}

static attr_t attributes(const struct live_row *row, bool under)
{
	static const enum pair pairs[] = {[LIVE_LEAKED] = PAIR_LEAKED, [LIVE_DRAINED] = PAIR_DRAINED,
					  [LIVE_QUIET] = PAIR_QUIET};
	attr_t it = coloured && row->tone != LIVE_PLAIN ? (attr_t)COLOR_PAIR(pairs[row->tone]) : A_NORMAL;

	return it | (row->mark ? A_BOLD : A_NORMAL) | (under ? A_REVERSE : A_NORMAL);
}

static void put_rows(struct live *l)
{
	unsigned lines = screen_rows();

	live_scroll(l, lines);
	for (unsigned i = 0; i < lines && l->top + i < l->count; i++) {
		const struct live_row *row = &l->rows[l->top + i];
		bool under = l->top + i == l->cursor;
		char mark[2] = {row->mark == LIVE_NEW ? '+' : row->mark == LIVE_CHANGED ? '*' : ' ', 0};

		put((int)(HEAD + i), 0, mark, attributes(row, under));
		put((int)(HEAD + i), 1, row->text, attributes(row, under));
	}
}

void screen_draw(struct live *l, const char *const head[3], const char *state)
{
	char place[64];

	erase();
	put(0, 0, head[0], A_BOLD);
	put(1, 0, head[1], A_NORMAL);
	put(2, 0, head[2], A_NORMAL);
	put(3, 0, l->title, A_BOLD);
	put(4, 1, l->head, A_UNDERLINE);
	put_rows(l);
	snprintf(place, sizeof place, " %u of %u %s ", l->count ? l->cursor + 1 : 0, l->count, state);
	put(LINES - 1, 0, place, A_REVERSE);
	put(LINES - 1, (int)strlen(place) + 1, HELP, A_DIM);
	refresh();
}

enum screen_key screen_key(int ms)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	/* getch() itself goes on waiting after a signal. One that came just before is noticed after a slice. */
	poll(&in, 1, ms < SLICE_MS ? ms : SLICE_MS);
	if (in.revents & (POLLERR | POLLHUP | POLLNVAL))
		return SCREEN_QUIT;
	switch (getch()) {
	case ERR: return SCREEN_NOTHING;
	case KEY_RESIZE: return SCREEN_RESIZED;
	case KEY_UP: case 'k': return SCREEN_UP;
	case KEY_DOWN: case 'j': return SCREEN_DOWN;
	case KEY_PPAGE: case 'b': return SCREEN_PAGE_UP;
	case KEY_NPAGE: case 'f': return SCREEN_PAGE_DOWN;
	case KEY_HOME: case 'g': return SCREEN_FIRST;
	case KEY_END: case 'G': return SCREEN_LAST;
	case '\n': case '\r': case KEY_ENTER: case KEY_RIGHT: case 'l': return SCREEN_ENTER;
	case 27: case KEY_BACKSPACE: case 127: case 8: case KEY_LEFT: case 'h': return SCREEN_BACK;
	case 'q': return SCREEN_QUIT;
	case '1': return SCREEN_PLACES;
	case '2': return SCREEN_CONNECTIONS;
	case '3': return SCREEN_THREADS;
	case 's': return SCREEN_SORT;
	case 'r': return SCREEN_REVERSE;
	case 'p': return SCREEN_PAUSE;
	case ' ': return SCREEN_NOW;
	default: return SCREEN_OTHER;
	}
}
