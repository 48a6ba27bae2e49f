/* SPDX-License-Identifier: Apache-2.0 */
#include "name/own.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "name/golang.h"

/* ---- the table ----------------------------------------------------------------------------------------- */

struct row {
	const char *glob;
	enum whose whose;
	const char *mark; /* the package's name begins behind it, or is "=this"; NULL: see own_package() */
};

/* By source file; the first that matches decides. A folder of the system may hold the packages of a
 * language, so these come first. */
static const struct row files[] = {
	/* Python: PEP 370, site(3), Debian's; then the standard library, and what is frozen into the interpreter */
	{"*/site-packages/*", WHOSE_LIBRARY, "/site-packages/"},
	{"*/dist-packages/*", WHOSE_LIBRARY, "/dist-packages/"},
	{"*/lib/python[0-9].[0-9]*/*", WHOSE_RUNTIME, NULL},
	{"*/lib64/python[0-9].[0-9]*/*", WHOSE_RUNTIME, NULL},
	{"*/lib/pypy[0-9].[0-9]*/*", WHOSE_RUNTIME, NULL},
	{"*/python[0-9]*.zip/*", WHOSE_RUNTIME, NULL},
	{"<frozen *", WHOSE_RUNTIME, "<frozen "},
	/* Node */
	{"*/node_modules/*", WHOSE_LIBRARY, "/node_modules/"},
	{"node:*", WHOSE_RUNTIME, ""},
	/* Go: the module cache (what -trimpath leaves of it, too) */
	{"*/pkg/mod/*", WHOSE_LIBRARY, NULL},
	{"*@v[0-9]*/*.go", WHOSE_LIBRARY, NULL},
	/* Rust: crates; the library that comes with rustc, where it was built and where it lies */
	{"*/.cargo/registry/src/*", WHOSE_LIBRARY, NULL},
	{"*/.cargo/git/checkouts/*", WHOSE_LIBRARY, "/.cargo/git/checkouts/"},
	{"/usr/share/cargo/registry/*", WHOSE_LIBRARY, "/usr/share/cargo/registry/"},
	{"/rustc/*", WHOSE_RUNTIME, NULL},
	{"library/std/src/*", WHOSE_RUNTIME, NULL},
	{"library/core/src/*", WHOSE_RUNTIME, NULL},
	{"library/alloc/src/*", WHOSE_RUNTIME, NULL},
	{"*/rustlib/src/*", WHOSE_RUNTIME, NULL},
	/* Ruby: gems, then the standard library */
	{"*/gems/*/gems/*", WHOSE_LIBRARY, "/gems/"},
	{"*/gems/*", WHOSE_LIBRARY, "/gems/"},
	{"/usr/share/rubygems-integration/*", WHOSE_LIBRARY, NULL},
	{"*/lib/ruby/[0-9].*", WHOSE_RUNTIME, NULL},
	{"*/lib/ruby/vendor_ruby/*", WHOSE_RUNTIME, "/vendor_ruby/"},
	{"*/lib/ruby/site_ruby/*", WHOSE_LIBRARY, NULL},
	{"<internal:*", WHOSE_RUNTIME, NULL},
	/* PHP: Composer, PEAR and Debian's */
	{"*/vendor/*", WHOSE_LIBRARY, "/vendor/"},
	{"/usr/share/php/*", WHOSE_LIBRARY, "/usr/share/php/"},
	/* Perl: CPAN's modules as Debian has them, then those that come with perl (perl -V:.*lib) */
	{"/usr/share/perl5/*", WHOSE_LIBRARY, "/usr/share/perl5/"},
	{"*/perl5/*", WHOSE_LIBRARY, "/perl5/"},
	{"/usr/local/share/perl/*", WHOSE_LIBRARY, NULL},
	{"/usr/local/lib/*/perl/*", WHOSE_LIBRARY, NULL},
	{"/usr/share/perl*/*", WHOSE_RUNTIME, NULL},
	{"/usr/lib/*/perl-base/*", WHOSE_RUNTIME, "/perl-base/"},
	{"/usr/lib/*/perl*/*", WHOSE_RUNTIME, NULL},
	{"/etc/perl/*", WHOSE_RUNTIME, NULL},
	/* Perl, Ruby: made at run time, as modules make their methods; whoever does it has a line above */
	{"(eval*", WHOSE_RUNTIME, "=eval"},
	/* C, C++: headers; what distributions build from */
	{"/usr/include/c++/*", WHOSE_RUNTIME, "=libstdc++"},
	{"/usr/include/*/c++/*", WHOSE_RUNTIME, "=libstdc++"},
	{"*/lib/gcc/*", WHOSE_RUNTIME, NULL},
	{"*/include/c++/*", WHOSE_RUNTIME, "=libstdc++"},
	{"/usr/include/*", WHOSE_LIBRARY, NULL},
	{"/usr/local/include/*", WHOSE_LIBRARY, NULL},
	{"/usr/src/debug/*", WHOSE_LIBRARY, NULL}, /* but /usr/src/app is where many containers have the program */
	{"/usr/lib/*", WHOSE_LIBRARY, NULL},
	{"/usr/share/*", WHOSE_LIBRARY, NULL},
};

/* By function where the file's name has no folder: Java's. A package's name is its owner's domain. */
static const struct row functions[] = {
	{"java.*", WHOSE_RUNTIME, NULL},	   {"javax.*", WHOSE_RUNTIME, NULL},
	{"jdk.*", WHOSE_RUNTIME, NULL},		   {"sun.*", WHOSE_RUNTIME, NULL},
	{"com.sun.*", WHOSE_RUNTIME, NULL},	   {"kotlin.*", WHOSE_RUNTIME, NULL},
	{"scala.*", WHOSE_RUNTIME, NULL},	   {"clojure.*", WHOSE_RUNTIME, NULL},
	{"groovy.*", WHOSE_RUNTIME, NULL},	   {"kotlinx.*", WHOSE_LIBRARY, NULL},
	{"jakarta.*", WHOSE_LIBRARY, NULL},	   {"org.apache.*", WHOSE_LIBRARY, NULL},
	{"org.eclipse.*", WHOSE_LIBRARY, NULL},	   {"org.springframework.*", WHOSE_LIBRARY, NULL},
	{"org.jboss.*", WHOSE_LIBRARY, NULL},	   {"org.hibernate.*", WHOSE_LIBRARY, NULL},
	{"org.postgresql.*", WHOSE_LIBRARY, NULL}, {"org.mariadb.*", WHOSE_LIBRARY, NULL},
	{"com.mysql.*", WHOSE_LIBRARY, NULL},	   {"oracle.*", WHOSE_LIBRARY, NULL},
	{"com.zaxxer.*", WHOSE_LIBRARY, NULL},	   {"com.mongodb.*", WHOSE_LIBRARY, NULL},
	{"com.rabbitmq.*", WHOSE_LIBRARY, NULL},   {"redis.clients.*", WHOSE_LIBRARY, NULL},
	{"io.lettuce.*", WHOSE_LIBRARY, NULL},	   {"io.netty.*", WHOSE_LIBRARY, NULL},
	{"io.grpc.*", WHOSE_LIBRARY, NULL},	   {"io.vertx.*", WHOSE_LIBRARY, NULL},
	{"reactor.*", WHOSE_LIBRARY, NULL},	   {"io.reactivex.*", WHOSE_LIBRARY, NULL},
	{"okhttp3.*", WHOSE_LIBRARY, NULL},	   {"okio.*", WHOSE_LIBRARY, NULL},
	{"retrofit2.*", WHOSE_LIBRARY, NULL},	   {"com.squareup.*", WHOSE_LIBRARY, NULL},
	{"com.google.*", WHOSE_LIBRARY, NULL},	   {"com.fasterxml.*", WHOSE_LIBRARY, NULL},
	{"software.amazon.*", WHOSE_LIBRARY, NULL}, {"com.amazonaws.*", WHOSE_LIBRARY, NULL},
	{"org.asynchttpclient.*", WHOSE_LIBRARY, NULL}, {"org.glassfish.*", WHOSE_LIBRARY, NULL},
};

/* By module, of machine code: the C library and its like, interpreters, then whatever is installed. */
static const struct row modules[] = {
	{"*/libc.so*", WHOSE_RUNTIME, NULL},	   {"*/libc-2.*", WHOSE_RUNTIME, NULL},
	{"*/ld-linux*", WHOSE_RUNTIME, NULL},	   {"*/ld-2.*", WHOSE_RUNTIME, NULL},
	{"*/libpthread[.-]*", WHOSE_RUNTIME, NULL}, {"*/libdl[.-]*", WHOSE_RUNTIME, NULL},
	{"*/librt[.-]*", WHOSE_RUNTIME, NULL},	   {"*/libm[.-]*", WHOSE_RUNTIME, NULL},
	{"*/libresolv[.-]*", WHOSE_RUNTIME, NULL}, {"*/libnss_*", WHOSE_RUNTIME, NULL},
	{"*/libstdc++.so*", WHOSE_RUNTIME, NULL},  {"*/libgcc_s.so*", WHOSE_RUNTIME, NULL},
	{"*/libc++.so*", WHOSE_RUNTIME, NULL},	   {"*/libgomp.so*", WHOSE_RUNTIME, NULL},
	{"*/libpython[0-9]*", WHOSE_RUNTIME, NULL}, {"*/bin/python[0-9]*", WHOSE_RUNTIME, NULL},
	{"*/lib-dynload/*", WHOSE_RUNTIME, NULL},  {"*/bin/python", WHOSE_RUNTIME, NULL},
	{"*/libjvm.so", WHOSE_RUNTIME, NULL},	   {"*/lib/libjli.so", WHOSE_RUNTIME, NULL},
	{"*/bin/java", WHOSE_RUNTIME, NULL},	   {"*/lib/libnet.so", WHOSE_RUNTIME, NULL},
	{"*/lib/libnio.so", WHOSE_RUNTIME, NULL},  {"*/lib/libextnet.so", WHOSE_RUNTIME, NULL},
	{"*/bin/node", WHOSE_RUNTIME, NULL},	   {"*/bin/nodejs", WHOSE_RUNTIME, NULL},
	{"*/libnode.so*", WHOSE_RUNTIME, NULL},	   {"*/libuv.so*", WHOSE_RUNTIME, NULL},
	{"*/bin/ruby*", WHOSE_RUNTIME, NULL},	   {"*/libruby*.so*", WHOSE_RUNTIME, NULL},
	{"*/bin/php*", WHOSE_RUNTIME, NULL},	   {"*/libphp*.so*", WHOSE_RUNTIME, NULL},
	{"*/bin/perl*", WHOSE_RUNTIME, NULL},	   {"*/libperl.so*", WHOSE_RUNTIME, NULL},
	{"*/bin/lua*", WHOSE_RUNTIME, NULL},	   {"*/liblua*.so*", WHOSE_RUNTIME, NULL},
	{"\\[*", WHOSE_RUNTIME, NULL},		   {"linux-vdso*", WHOSE_RUNTIME, NULL},
	{"*/site-packages/*", WHOSE_LIBRARY, "/site-packages/"},
	{"*/dist-packages/*", WHOSE_LIBRARY, "/dist-packages/"},
	{"*/node_modules/*", WHOSE_LIBRARY, "/node_modules/"},
	{"*/gems/*", WHOSE_LIBRARY, "/gems/"},
	{"/lib/*", WHOSE_LIBRARY, NULL},	   {"/lib64/*", WHOSE_LIBRARY, NULL},
	{"/usr/lib/*.so*", WHOSE_LIBRARY, NULL},   {"/usr/lib64/*.so*", WHOSE_LIBRARY, NULL},
	{"/usr/local/lib/*.so*", WHOSE_LIBRARY, NULL}, {"/nix/store/*/lib/*", WHOSE_LIBRARY, NULL},
	{"/gnu/store/*/lib/*", WHOSE_LIBRARY, NULL},
};

#define ROWS(table) (sizeof(table) / sizeof *(table))

static bool any(const char *text)
{
	return text && *text;
}

static const struct row *find(const struct row *rows, size_t count, const char *text)
{
	for (size_t i = 0; any(text) && i < count; i++)
		if (fnmatch(rows[i].glob, text, 0) == 0)
			return &rows[i];
	return NULL;
}

/* ---- whose --------------------------------------------------------------------------------------------- */

/* Also from any folder of it on. */
static bool said_of(const char *glob, const char *text)
{
	while (any(text)) {
		if (fnmatch(glob, text, 0) == 0)
			return true;
		text = strchr(text, '/');
		text += text != NULL;
	}
	return false;
}

static const struct own_rule *said(const struct own *own, const struct own_names *n)
{
	for (unsigned i = own ? own->count : 0; i-- > 0;) {
		const char *glob = own->rules[i].glob;

		if (said_of(glob, n->file) || said_of(glob, n->module) ||
		    (any(n->function) && fnmatch(glob, n->function, 0) == 0))
			return &own->rules[i];
	}
	return NULL;
}

/* A file of Java's is its class's, without a folder. */
static bool of_java(const struct own_names *n)
{
	static const char *const ends[] = {".java", ".kt", ".scala", ".groovy", ".clj"};
	size_t size = any(n->file) ? strlen(n->file) : 0;

	for (size_t i = 0; i < ROWS(ends); i++)
		if (size > strlen(ends[i]) && strcmp(n->file + size - strlen(ends[i]), ends[i]) == 0)
			return !strchr(n->file, '/');
	return !size && !any(n->module) && any(n->function) && strchr(n->function, '.');
}

/* A method that it made up, which nobody has written: of whose package tells nothing but main. */
static bool of_gos_compiler(const struct own_names *n)
{
	return any(n->file) && strcmp(n->file, "<autogenerated>") == 0 && any(n->function) &&
	       strncmp(n->function, "main.", 5) != 0;
}

enum whose own_whose(const struct own *own, const struct own_names *n)
{
	const struct own_rule *rule = said(own, n);
	const struct row *row;

	if (rule)
		return rule->own ? WHOSE_OWN : WHOSE_LIBRARY;
	if (!any(n->function) && !any(n->file) && !any(n->module))
		return WHOSE_RUNTIME;
	if (golang_library(n->function, n->file) || of_gos_compiler(n))
		return WHOSE_RUNTIME;
	row = of_java(n) ? find(functions, ROWS(functions), n->function) : NULL;
	/* As it was called where somebody built it: where that lies now tells more. */
	if (!row && any(n->file) && *n->file != '/')
		row = find(modules, ROWS(modules), n->module);
	row = row ? row : find(files, ROWS(files), n->file);
	row = row ? row : find(modules, ROWS(modules), n->module);
	return row ? row->whose : WHOSE_OWN;
}

/* ---- what it is called --------------------------------------------------------------------------------- */

static void put(char *to, size_t size, const char *text, size_t length)
{
	if (length >= size)
		length = size - 1;
	memcpy(to, text, length);
	to[length] = 0;
}

/* Of "@scope/name/lib" it is "@scope/name", of "requests/api" "requests"; a file of its own goes
 * by its name without the ending. */
static void put_component(char *to, size_t size, const char *text)
{
	size_t n = strcspn(text, "/>");
	const char *dot;

	if (*text == '@' && text[n] == '/')
		n += 1 + strcspn(text + n + 1, "/");
	else if (text[n] != '/' && (dot = memrchr(text, '.', n)) && dot > text)
		n = (size_t)(dot - text);
	put(to, size, text, n);
}

/* The last one of several: a package has its own packages. */
static const char *behind(const char *text, const char *mark)
{
	const char *at = NULL;

	if (!*mark || *mark == '=')
		return *mark ? mark + 1 : text;
	for (const char *next = text; (next = strstr(next, mark)); next++)
		at = next + strlen(mark);
	return at;
}

/* What is behind "/usr/lib/python3.11/". */
static const char *of_python(const char *file)
{
	const char *at = strstr(file, "/python");

	at = at ? strchr(at + 1, '/') : NULL;
	return at ? at + 1 : NULL;
}

/* "java.net.Socket.connect": all but class and method. */
static void put_java(char *to, size_t size, const char *function)
{
	size_t n = strcspn(function, "(<$"), dots = 0;

	while (n && dots < 2)
		dots += function[--n] == '.';
	put(to, size, function, n);
}

/* "net/http.(*Client).Get": "net/http"; "std::io::Read": "std". */
static void put_path(char *to, size_t size, const char *function, const char *end)
{
	const char *slash = strrchr(function, '/');

	put(to, size, function, (size_t)((slash ? slash : function) - function) +
				strcspn(slash ? slash : function, end));
}

/* "/usr/lib/x86_64-linux-gnu/libpq.so.5.15": "libpq". */
static void put_module(char *to, size_t size, const char *module)
{
	const char *slash = strrchr(module, '/'), *name = slash ? slash + 1 : module, *so = strstr(name, ".so");

	put(to, size, name, so && so > name ? (size_t)(so - name) : strlen(name));
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

void own_package(const struct own_names *n, char *to, size_t size)
{
	const struct row *row = find(files, ROWS(files), n->file);
	const char *at = row && row->mark ? behind(n->file, row->mark) : NULL;

	*to = 0;
	if (!at && row && strstr(row->glob, "/python["))
		at = of_python(n->file);
	if (any(at))
		put_component(to, size, at);
	else if (of_java(n) && any(n->function))
		put_java(to, size, n->function);
	else if (any(n->file) && (ends_with(n->file, ".go") || strcmp(n->file, "<autogenerated>") == 0) &&
		 any(n->function))
		put_path(to, size, n->function, ".");
	else if (any(n->file) && ends_with(n->file, ".rs") && any(n->function))
		put(to, size, *n->function == '<' ? n->function + 1 : n->function,
		    strcspn(*n->function == '<' ? n->function + 1 : n->function, ":< "));
	else if (any(n->module))
		put_module(to, size, n->module);
	else if (any(n->file))
		put_component(to, size, strrchr(n->file, '/') ? strrchr(n->file, '/') + 1 : n->file);
}
