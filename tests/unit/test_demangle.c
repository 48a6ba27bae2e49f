/* SPDX-License-Identifier: Apache-2.0 */
/* Names of C++, Rust and D; and symbols that were made to take the analyzer's time, stack or memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "name/demangle.h"

static void test_names(void **unused)
{
	static const struct {
		const char *symbol, *full, *brief;
	} rows[] = {
		{"_ZN4shop4Pool4takeEi", "shop::Pool::take(int)", "shop::Pool::take"},
		{"_Znwm", "operator new(unsigned long)", "operator new"},
		{"_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const", "main::{lambda()#1}::operator()"},
		{"_ZN4shop4PoolC2Ev", "shop::Pool::Pool()", "shop::Pool::Pool"},
		{"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back(int const&)",
		 "std::vector<int, std::allocator<int> >::push_back"},
		{"_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad", "core::fmt::Formatter::pad"},
		{"_RNvC6my_app4main", "my_app::main", "my_app::main"},
		{"_D3std5stdio4File4sizeMFNdZm", "std.stdio.File.size()", "std.stdio.File.size"},
		{"_D3app8__T3getZ3getFiZi", "app.get!().get(int)", "app.get!().get"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *full = demangle(rows[i].symbol, true), *brief = demangle(rows[i].symbol, false);

		if (!full || !brief || strcmp(full, rows[i].full) != 0 || strcmp(brief, rows[i].brief) != 0)
			fail_msg("%s: %s, %s", rows[i].symbol, full, brief);
		free(full);
		free(brief);
	}
}

static void test_what_is_none(void **unused)
{
	static const char *const rows[] = {"main", "_start", "", "_", "_Z", "_ZN", "_D", "_R", "_Zzz", "connect_to",
					   "net/http.(*Client).Do", "_ZN4shop"};

	assert_null(demangle(NULL, true));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_null(demangle(rows[i], true));
}

/* As <seq-id> has it: S_, S0_, ..., SZ_, S10_. */
static size_t put_substitution(char *to, unsigned n)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (!n--)
		return (size_t)sprintf(to, "S_");
	return n < 36 ? (size_t)sprintf(to, "S%c_", digits[n]) : (size_t)sprintf(to, "S%c%c_", digits[n / 36], digits[n % 36]);
}

/* f(P<i, i>, P<that, that>, P<that, that>, ...): each argument twice as long as the one before. */
static void test_doubling(void **unused)
{
	char symbol[DEMANGLE_IN_MAX] = "_Z1f1PIiiE", *name;
	size_t n = strlen(symbol);

	for (unsigned i = 1; i < 60; i++) {
		n += (size_t)sprintf(symbol + n, "S_I");
		n += put_substitution(symbol + n, i);
		n += put_substitution(symbol + n, i);
		n += (size_t)sprintf(symbol + n, "E");
		name = demangle(symbol, true);
		assert_true(!name || strlen(name) <= DEMANGLE_OUT_MAX);
		assert_true(i > 3 || name); /* the first ones are names like others */
		assert_true(i < 14 || !name);
		free(name);
	}
}

static void test_depth_and_length(void **unused)
{
	static char symbol[1 << 20];

	memset(symbol, 'P', sizeof symbol - 2); /* a pointer to a pointer to a ... */
	memcpy(symbol, "_Z1f", 4);
	symbol[sizeof symbol - 2] = 'i';
	assert_null(demangle(symbol, true));
	symbol[DEMANGLE_IN_MAX - 1] = 'i'; /* within the length, too deep */
	symbol[DEMANGLE_IN_MAX] = 0;
	assert_null(demangle(symbol, true));
	symbol[100] = 'i';
	symbol[101] = 0;
	free(demangle(symbol, true));
	memset(symbol, 'Q', DEMANGLE_IN_MAX); /* references of D's to references */
	memcpy(symbol, "_D1a", 4);
	assert_null(demangle(symbol, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_what_is_none),
					   cmocka_unit_test(test_doubling), cmocka_unit_test(test_depth_and_length)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
