/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each version of CPython keeps what: bytes from its structs' start, for 64 bits. Knows no object.
 *
 * From CPython's headers, Include/cpython/ and Include/internal/ of each version. What a code object has
 * where its type itself says, in the table that makes its attributes. From 3.13 on the runtime publishes the
 * rest, too (_Py_DebugOffsets), in a struct that each version has changed. What is not as it should be is
 * found out when it is first used, by python.c.
 */
#ifndef CONNLEAK_PYTHON_LAYOUT_H
#define CONNLEAK_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "connleak/dump.h"

enum python_lines {
	PYTHON_LNOTAB,    /* 3.9: co_lnotab; f_lasti in bytes */
	PYTHON_LINETABLE, /* 3.10: PEP 626; f_lasti in code units */
	PYTHON_LOCATIONS, /* 3.11 on: Objects/locations.md */
};

/* Where an instance has its attributes (Objects/object_layout.md of each version). */
enum python_attributes {
	PYTHON_DICT,    /* up to 3.10: in a dict, where its type says */
	PYTHON_BEFORE,  /* 3.11: values, else a dict, 4 and 3 words before it */
	PYTHON_MARKED,  /* 3.12: either, 3 words before it: values are odd, and one lower */
	PYTHON_INLINE,  /* 3.13: values in it, as long as they are valid; a dict, 3 words before it */
};

struct python_layout {
	uint16_t version; /* 0x030b */
	uint16_t lines;   /* enum python_lines */
	/* _PyRuntime: the newest interpreter; its oldest neighbour, its newest thread state: up to 3.11, else 0 */
	uint16_t interpreters, threads;
	/* PyThreadState */
	uint16_t interp, next, thread_id;
	uint16_t current;    /* the frame that runs, or _PyCFrame, which has it */
	bool by_cframe;
	uint16_t cframe;     /* in _PyCFrame: current_frame */
	/* PyFrameObject, or _PyInterpreterFrame */
	uint16_t frame_size; /* so much of it is looked at */
	uint16_t code, previous;
	uint16_t tags;        /* bits that a reference in it has beside the address (_PyStackRef) */
	uint16_t locals;      /* the first of them */
	uint16_t instruction; /* a pointer into the code, from 3.11 on; else an int */
	uint16_t entry;      /* bool: outermost of its call of the loop; 0: see `owner` */
	uint16_t owner;      /* char: from 3 on no frame of a script, but what is below the outermost;
	                        0: each has a call of its own, unless `entry` is there */
	/* PyHeapTypeObject: ht_cached_keys. PyDictValues: the first one. Objects of Python's classes: what has their
	 * attributes, before or in them */
	uint16_t cached_keys, values;
	uint16_t attributes;  /* enum python_attributes */
	/* PyThreadState: a dict, in which asyncio (up to 3.11) says which event loop runs; or that itself.
	 * PyInterpreterState: the modules, a dict */
	uint16_t thread_dict, running_loop, modules;
	uint16_t running_task; /* PyThreadState: from 3.14 on; 0: it is to be looked for */
	/* _asyncio's Task: its size, where it says that its dict is, and its name. 0: not known */
	uint16_t task_size, task_name;
	int16_t task_dict;
	/* PyASCIIObject, PyCompactUnicodeObject */
	uint16_t text_ascii, text_compact; /* where the text of each begins */
	uint16_t text_bits;  /* of `state`: how many come before those of the width */
	/* PyCodeObject, by what it says of itself */
	uint16_t filename, name, first_line, line_table;
	uint16_t bytecode;   /* the code units themselves; 0: they are elsewhere, as up to 3.10 */
};

/* What of a version is where. `runtime`: _PyRuntime; `code_type`: PyCode_Type. DUMP_DECLINE_NONE: known. */
enum dump_decline python_layout_of(uint16_t version, uintptr_t runtime, uintptr_t code_type,
				   struct python_layout *to);

/* Bytes of each struct that are looked at, at most. */
#define PYTHON_FRAME_SIZE 128
#define PYTHON_CODE_SIZE 256

#endif
