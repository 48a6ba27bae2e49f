/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each version of CPython keeps what: bytes from the start of its structs, for 64 bits. Knows no object.
 *
 * From CPython's headers, Include/cpython/ and Include/internal/ of each version. What a version is not known by is
 * not guessed: python.c proves each by what it finds.
 */
#ifndef CONNLEAK_PYTHON_LAYOUT_H
#define CONNLEAK_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

enum python_lines {
	PYTHON_LNOTAB,    /* 3.9: co_lnotab; f_lasti in bytes */
	PYTHON_LINETABLE, /* 3.10: PEP 626; f_lasti in code units */
	PYTHON_LOCATIONS, /* 3.11 on: Objects/locations.md */
};

struct python_layout {
	uint16_t version; /* 0x030b */
	uint16_t lines;   /* enum python_lines */
	/* PyThreadState */
	uint16_t thread_id, interp, current; /* the frame that runs; where `cframe` is given, what has it there */
	uint16_t cframe;                     /* in _PyCFrame: current_frame; 0: `current` is the frame itself */
	/* PyFrameObject, or _PyInterpreterFrame */
	uint16_t code, previous;
	uint16_t instruction; /* a pointer into the code, from 3.11 on; else an int */
	uint16_t entry;       /* bool: outermost of its call of the loop; 0: see `owner` */
	uint16_t frame_size;  /* so much of it is looked at */
	uint16_t owner;       /* char: 3 is no frame of a script, but what is below the outermost; 0: each has a call
	                         of its own */
	/* PyCodeObject */
	uint16_t filename, name, first_line, line_table, bytecode; /* the code units themselves; 0 they are elsewhere */
	/* PyASCIIObject, PyCompactUnicodeObject */
	uint16_t text_ascii, text_compact; /* where the text of each begins */
	uint16_t text_bits;                /* of `state`: how many come before those of the width */
};

/* NULL: not known. */
const struct python_layout *python_layout_of(uint32_t version);

/* Bytes of each struct that are looked at, at most. */
#define PYTHON_FRAME_SIZE 96
#define PYTHON_CODE_SIZE 256

#endif
