/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a frame is by where its file lies, and what people call what it is a part of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "name/own.h"

struct row {
	struct own_names names;
	enum whose whose;
	const char *package;
};

static void test_table(void **unused)
{
	static const struct row rows[] = {
		{{"fetch_profile", "/home/me/app/fetch.py"}, WHOSE_OWN, "fetch"},
		{{"main", "<string>"}, WHOSE_OWN, "<string"},
		{{"get", "/home/me/app/venv/lib/python3.11/site-packages/requests/api.py"}, WHOSE_LIBRARY, "requests"},
		{{"get", "/usr/lib/python3/dist-packages/six.py"}, WHOSE_LIBRARY, "six"},
		{{"connect", "/usr/lib/python3.11/http/client.py"}, WHOSE_RUNTIME, "http"},
		{{"connect", "/root/.pyenv/versions/3.9.2/lib/python3.9/socket.py"}, WHOSE_RUNTIME, "socket"},
		{{"_call_with_frames_removed", "<frozen importlib._bootstrap>"}, WHOSE_RUNTIME, "importlib"},
		{{"work", "/home/libby/work/python3-client/fetch.py"}, WHOSE_OWN, "fetch"},
		{{"work", "/usr/src/app/fetch.py"}, WHOSE_OWN, "fetch"}, /* where containers have the program */
		{{"connect", "node:net"}, WHOSE_RUNTIME, "node:net"},
		{{"connect", "/srv/app/node_modules/@acme/http/lib/x.js"}, WHOSE_LIBRARY, "@acme/http"},
		{{"connect", "/srv/app/node_modules/got/node_modules/ws/x.js"}, WHOSE_LIBRARY, "ws"},
		{{"connect", "/srv/app/lib/x.js"}, WHOSE_OWN, "x"},
		{{"java.net.Socket.connect", "Socket.java"}, WHOSE_RUNTIME, "java.net"},
		{{"sun.nio.ch.Net.connect", "Net.java"}, WHOSE_RUNTIME, "sun.nio.ch"},
		{{"org.apache.http.impl.Client.execute", "Client.java"}, WHOSE_LIBRARY, "org.apache.http.impl"},
		{{"com.acme.shop.Fetch.main", "Fetch.java"}, WHOSE_OWN, "com.acme.shop"},
		{{"Fetch.main", "Fetch.java"}, WHOSE_OWN, ""},
		{{"net/http.(*Client).Do", "/usr/lib/go-1.19/src/net/http/client.go"}, WHOSE_RUNTIME, "net/http"},
		{{"github.com/a/b.Do", "/root/go/pkg/mod/github.com/a/b@v1.2.3/c.go"}, WHOSE_LIBRARY, "github.com/a/b"},
		{{"github.com/a/b.Do", "github.com/a/b@v1.2.3/c.go"}, WHOSE_LIBRARY, "github.com/a/b"},
		{{"main.get", "/home/me/app/main.go"}, WHOSE_OWN, "main"},
		{{"std::net::tcp::TcpStream::connect", "/rustc/90c541806f/library/std/src/net/tcp.rs"}, WHOSE_RUNTIME, "std"},
		{{"hyper::client::get", "/root/.cargo/registry/src/index.crates.io-1/hyper-0.14/src/client.rs"}, WHOSE_LIBRARY,
		 "hyper"},
		{{"app::main", "src/main.rs"}, WHOSE_OWN, "app"},
		{{"connect", "/usr/lib/ruby/3.1.0/net/http.rb"}, WHOSE_RUNTIME, "http"},
		{{"call", "/var/lib/gems/3.1.0/gems/faraday-2.7/lib/faraday.rb"}, WHOSE_LIBRARY, "faraday-2.7"},
		{{"get", "/srv/www/vendor/guzzlehttp/guzzle/src/Client.php"}, WHOSE_LIBRARY, "guzzlehttp"},
		{{"get", "/usr/share/perl5/LWP/UserAgent.pm"}, WHOSE_LIBRARY, "LWP"},
		{{"new", "/usr/lib/x86_64-linux-gnu/perl-base/IO/Socket.pm"}, WHOSE_RUNTIME, "Socket"},
		{{"connect_to", "../src/fetch.c", "/opt/app/bin/fetch"}, WHOSE_OWN, "fetch"},
		{{"std::vector<int>::push_back", "/usr/include/c++/12/bits/stl_vector.h", "/opt/app/bin/fetch"}, WHOSE_RUNTIME,
		 "libstdc++"},
		{{"__socket", "../sysdeps/unix/syscall-template.S", "/usr/lib/x86_64-linux-gnu/libc.so.6"}, WHOSE_RUNTIME, "libc"},
		{{"PQconnectdb", NULL, "/usr/lib/x86_64-linux-gnu/libpq.so.5.15"}, WHOSE_LIBRARY, "libpq"},
		{{NULL, NULL, "/usr/bin/python3.11"}, WHOSE_RUNTIME, "python3.11"},
		{{NULL, NULL, "/usr/bin/curl"}, WHOSE_OWN, "curl"},
		{{NULL, NULL, "/opt/app/plugin.so"}, WHOSE_OWN, "plugin"},
		{{NULL, NULL, ""}, WHOSE_RUNTIME, ""}, /* made at run time */
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char package[32];

		own_package(&rows[i].names, package, sizeof package);
		if (own_whose(NULL, &rows[i].names) != rows[i].whose || strcmp(package, rows[i].package) != 0)
			fail_msg("row %zu, %s in %s: %d, '%s'", i, rows[i].names.function, rows[i].names.file,
				 own_whose(NULL, &rows[i].names), package);
	}
}

static void test_what_the_user_says(void **unused)
{
	static const struct own own = {{{"*/site-packages/acme/*", true}, {"app/vendored/*", false}, {"com.rival.*", false},
					{"*/acme/generated/*", false}, {"/usr/bin/curl", false}}, 5};
	static const struct row rows[] = {
		{{"f", "/venv/lib/python3.11/site-packages/acme/pool.py"}, WHOSE_OWN},
		{{"f", "/venv/lib/python3.11/site-packages/acme/generated/pool.py"}, WHOSE_LIBRARY}, /* the last one decides */
		{{"f", "/venv/lib/python3.11/site-packages/requests/api.py"}, WHOSE_LIBRARY},
		{{"f", "/home/me/app/vendored/pool.py"}, WHOSE_LIBRARY},
		{{"f", "/home/me/myapp/vendored/pool.py"}, WHOSE_OWN},
		{{"com.rival.Pool.take", "Pool.java"}, WHOSE_LIBRARY},
		{{NULL, NULL, "/usr/bin/curl"}, WHOSE_LIBRARY},
		{{"f", "/home/me/app/pool.py"}, WHOSE_OWN},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (own_whose(&own, &rows[i].names) != rows[i].whose)
			fail_msg("row %zu, %s in %s", i, rows[i].names.function, rows[i].names.file);
}

static void test_a_name_is_cut(void **unused)
{
	char to[4];

	own_package(&(struct own_names){"f", "/a/site-packages/requests/api.py"}, to, sizeof to);
	assert_string_equal(to, "req");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_what_the_user_says),
					   cmocka_unit_test(test_a_name_is_cut)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
