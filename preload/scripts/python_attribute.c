/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/python_attribute.h"

#include <string.h>

#include "scripts/peek.h"

/* PyTypeObject, PyDictObject: the same since 3.8. */
#define TYPE_BASICSIZE 32
#define TYPE_FLAGS 168
#define TYPE_DICTOFFSET 288
#define DICT_KEYS 32
#define DICT_VALUES 40
#define FLAG_INLINE_VALUES (1u << 2)
#define FLAG_MANAGED_DICT (1u << 4)
#define WORD sizeof(uintptr_t)
#define ATTRIBUTES_MAX 64
#define ITEMS_MAX 16384
#define NAME_SIZE 48

struct attributes {
	uintptr_t keys;   /* PyDictKeysObject */
	uintptr_t values; /* the first one; 0: beside the keys */
};

/* ---- where they are ----------------------------------------------------------------------------------- */

static bool of_dict(const struct python_layout *l, uintptr_t dict, struct attributes *to)
{
	if (!dict || (dict & 7) || !peek_word(dict + DICT_KEYS, &to->keys) ||
	    !peek_word(dict + DICT_VALUES, &to->values))
		return false;
	to->values += to->values ? l->values : 0;
	return true;
}

static bool of_values(const struct python_layout *l, uintptr_t type, uintptr_t values, struct attributes *to)
{
	to->values = values + l->values;
	return peek_word(type + l->cached_keys, &to->keys);
}

static bool managed(const struct python_layout *l, uintptr_t at, uintptr_t type, uintptr_t flags,
		    struct attributes *to)
{
	uintptr_t word;
	uint8_t valid; /* the fourth byte of PyDictValues */

	if (l->attributes == PYTHON_BEFORE && peek_word(at - 4 * WORD, &word) && word)
		return of_values(l, type, word, to);
	if (l->attributes == PYTHON_INLINE && (flags & FLAG_INLINE_VALUES) &&
	    peek_word(type + TYPE_BASICSIZE, &word) && peek(at + word + 3, &valid, 1) && valid)
		return of_values(l, type, at + word, to);
	if (!peek_word(at - 3 * WORD, &word))
		return false;
	if (l->attributes == PYTHON_MARKED && (word & 1))
		return of_values(l, type, word + 1, to);
	return of_dict(l, word, to);
}

static bool find(const struct python_layout *l, uintptr_t at, struct attributes *to)
{
	uintptr_t type, flags, offset, dict;

	if (!at || (at & 7) || !peek_word(at + WORD, &type) || (type & 7) || !peek_word(type + TYPE_FLAGS, &flags) ||
	    !peek_word(type + TYPE_DICTOFFSET, &offset))
		return false;
	if (l->attributes != PYTHON_DICT && (flags & FLAG_MANAGED_DICT))
		return managed(l, at, type, flags, to);
	return (intptr_t)offset > 0 && offset < 4096 && peek_word(at + offset, &dict) && of_dict(l, dict, to);
}

/* ---- which is it --------------------------------------------------------------------------------------- */

struct keys {
	uintptr_t entries, count, entry_size, key; /* where in an entry the key is; its value is behind it */
};

/* PyDictKeysObject up to 3.10: a reference count, size, a function, how many can be used and
 * how many there are, indices. */
static bool read_old_keys(uintptr_t at, struct keys *to)
{
	struct {
		uintptr_t count, size, lookup, usable, entries;
	} it;
	uintptr_t bytes;

	if (!peek(at, &it, sizeof it) || it.size > 1u << 20)
		return false;
	bytes = it.size <= 0xff ? 1 : it.size <= 0xffff ? 2 : 4;
	*to = (struct keys){at + sizeof it + it.size * bytes, it.entries, 3 * WORD, WORD};
	return true;
}

/* And since: three bytes of logarithms and a kind; 0 has a hash in front of each key. */
static bool read_keys(uintptr_t at, struct keys *to)
{
	struct {
		uintptr_t count;
		uint8_t log2_size, log2_bytes, kind, pad;
		uint32_t version;
		uintptr_t usable, entries;
	} it;

	if (!peek(at, &it, sizeof it) || it.log2_bytes > 20 || it.kind > 2)
		return false;
	*to = (struct keys){at + sizeof it + ((uintptr_t)1 << it.log2_bytes), it.entries, (it.kind ? 2 : 3) * WORD,
			    it.kind ? 0 : WORD};
	return true;
}

static bool is_called(const struct python_layout *l, const struct python_types *types, uintptr_t key,
		      const char *name)
{
	uint8_t text[NAME_SIZE];
	uint32_t size = python_text(l, types, key, text, sizeof text);

	return size && size == strlen(name) && memcmp(text, name, size) == 0;
}

/* ---- a dict's own -------------------------------------------------------------------------------------- */

static bool keys_of(const struct python_layout *l, const struct python_types *types, uintptr_t dict,
		    struct keys *to)
{
	struct attributes a;
	uintptr_t type;

	return dict && !(dict & 7) && types->dict && peek_word(dict + WORD, &type) && type == types->dict &&
	       of_dict(l, dict, &a) && !a.values && !(a.keys & 7) &&
	       (l->attributes == PYTHON_DICT ? read_old_keys : read_keys)(a.keys, to);
}

static uintptr_t value_at(const struct keys *k, uintptr_t i, uintptr_t *key)
{
	uintptr_t entry[2];

	if (i >= k->count || !peek(k->entries + i * k->entry_size + k->key, entry, sizeof entry))
		return 0;
	*key = entry[0];
	return entry[0] ? entry[1] : 0;
}

uintptr_t python_item(const struct python_layout *l, const struct python_types *types, uintptr_t dict,
		      const char *name, struct python_seen *last)
{
	uintptr_t key, value;
	struct keys k;

	if (!keys_of(l, types, dict, &k))
		return 0;
	value = value_at(&k, __atomic_load_n(&last->index, __ATOMIC_RELAXED), &key);
	if (value && key == __atomic_load_n(&last->key, __ATOMIC_RELAXED))
		return value;
	for (uint32_t i = 0; i < k.count && i < ITEMS_MAX; i++) {
		value = value_at(&k, i, &key);
		if (!value || !is_called(l, types, key, name))
			continue;
		__atomic_store_n(&last->index, i, __ATOMIC_RELAXED);
		__atomic_store_n(&last->key, key, __ATOMIC_RELAXED);
		return value;
	}
	return 0;
}

uintptr_t python_item_of(const struct python_layout *l, const struct python_types *types, uintptr_t dict,
			 uintptr_t key)
{
	uintptr_t is, value;
	struct keys k;

	if (!keys_of(l, types, dict, &k))
		return 0;
	for (uint32_t i = 0; i < k.count && i < ITEMS_MAX; i++) {
		value = value_at(&k, i, &is);
		if (value && is == key)
			return value;
	}
	return 0;
}

/* ---- an instance's ------------------------------------------------------------------------------------- */

uintptr_t python_attribute(const struct python_layout *l, const struct python_types *types,
			   uintptr_t instance, const char *name)
{
	struct attributes a;
	struct keys k = {0};
	uintptr_t key, value;

	if (!find(l, instance, &a) || (a.keys & 7) ||
	    !(l->attributes == PYTHON_DICT ? read_old_keys : read_keys)(a.keys, &k))
		return 0;
	for (uintptr_t i = 0; i < k.count && i < ATTRIBUTES_MAX; i++) {
		uintptr_t entry = k.entries + i * k.entry_size;

		if (!peek_word(entry + k.key, &key))
			return 0;
		if (key && is_called(l, types, key, name))
			return peek_word(a.values ? a.values + i * WORD : entry + k.key + WORD, &value) ? value : 0;
	}
	return 0;
}
