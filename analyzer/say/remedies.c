/* SPDX-License-Identifier: Apache-2.0 */
#include "say/remedies.h"

#include <stddef.h>

static const struct remedy read_or_close = {
	"Read the response to its end, so that the connection can be used again, or close it. Do it on every "
	"way out of the function, errors too; small bodies as well: the library may have read them ahead, and "
	"the connection is lost all the same.",
	{
		[REMEDY_C] = "char buffer[8192];\n"
			     "while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)\n"
			     "        consume(buffer, n); /* to the end of the body, by its length */\n"
			     "give_back(pool, fd);\n"
			     "/* or: */ close(fd);\n",
		[REMEDY_PYTHON] = "with session.get(url, stream=True) as response:\n"
				  "    for chunk in response.iter_content(8192):\n"
				  "        consume(chunk)\n"
				  "# leaving `with` gives the connection back, after a break or an exception, too\n",
		[REMEDY_JAVA] = "try (InputStream body = connection.getInputStream()) {\n"
				"    body.transferTo(OutputStream.nullOutputStream());\n"
				"}\n"
				"// Apache HttpClient: try (var response = client.execute(get)) {\n"
				"//     EntityUtils.consume(response.getEntity()); }\n",
		[REMEDY_NODE] = "http.get(url, response => {\n"
				"  response.resume();            // read it all and throw it away\n"
				"  // or: response.destroy();    // close it\n"
				"});\n"
				"// fetch: await response.body?.cancel(), or await response.text()\n",
		[REMEDY_GO] = "resp, err := client.Get(url)\n"
			      "if err != nil { return err }\n"
			      "defer resp.Body.Close()\n"
			      "_, err = io.Copy(io.Discard, resp.Body) // or decode it; Close alone ends the connection\n"
			      "return err\n",
		[REMEDY_PHP] = "curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);\n"
			       "$body = curl_exec($curl);      // reads it to its end\n"
			       "// a stream: stream_get_contents($stream); fclose($stream);\n"
			       "// Guzzle: $response->getBody()->close();\n",
	}};

static const struct remedy one_client = {
	"Make one client, session or pool and keep it; do not make a new one for each request. Where it must be "
	"made for a while only, close it at the end.",
	{
		[REMEDY_C] = "static CURL *curl; /* one for each thread, kept */\n"
			     "if (!curl)\n"
			     "        curl = curl_easy_init();\n"
			     "curl_easy_perform(curl); /* uses its connection again */\n"
			     "/* when it is no longer needed: */ curl_easy_cleanup(curl);\n",
		[REMEDY_PYTHON] = "session = requests.Session()   # of the module, not of the function\n"
				  "\n"
				  "def fetch(url):\n"
				  "    return session.get(url).json()\n"
				  "# for a while only: with requests.Session() as session: ...\n",
		[REMEDY_JAVA] = "private static final HttpClient CLIENT = HttpClient.newHttpClient();\n"
				"\n"
				"String fetch(URI uri) throws Exception {\n"
				"    return CLIENT.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();\n"
				"} // a DataSource, a ManagedChannel: the same\n",
		[REMEDY_NODE] = "const agent = new http.Agent({ keepAlive: true });   // of the module\n"
				"function fetchIt(url, done) {\n"
				"  return http.get(url, { agent }, done);\n"
				"}\n"
				"// for a while only: agent.destroy(), client.end(), pool.close()\n",
		[REMEDY_GO] = "var client = &http.Client{Timeout: 10 * time.Second} "
			      "// of the package: its Transport is the pool\n"
			      "\n"
			      "func fetch(url string) (*http.Response, error) {\n"
			      "        return client.Get(url)\n"
			      "} // for a while only: client.CloseIdleConnections()\n",
		[REMEDY_PHP] = "$client = new GuzzleHttp\\Client();   // once, handed to who needs it\n"
			       "foreach ($urls as $url) {\n"
			       "    $client->get($url);\n"
			       "}\n"
			       "// a curl handle: use it again, curl_close() or unset() it at the end\n",
	}};

static const struct remedy close_at_the_end = {
	"The other side has ended the connection, or an error was returned: nothing will come any more. Close the "
	"descriptor where the end is seen.",
	{
		[REMEDY_C] = "ssize_t n = recv(fd, buffer, sizeof buffer, 0);\n"
			     "if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {\n"
			     "        epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL);\n"
			     "        close(fd);\n"
			     "}\n",
		[REMEDY_PYTHON] = "with closing(sock):\n"
				  "    while data := sock.recv(8192):\n"
				  "        consume(data)\n"
				  "# asyncio: writer.close(); await writer.wait_closed() in a finally\n",
		[REMEDY_JAVA] = "try (Socket socket = server.accept()) {\n"
				"    serve(socket);      // returns at end of stream, throws on error\n"
				"} catch (IOException e) {\n"
				"    log(e);             // it is closed already\n"
				"}\n",
		[REMEDY_NODE] = "socket.on('end', () => socket.end());\n"
				"socket.on('error', () => socket.destroy());\n"
				"socket.on('close', () => sockets.delete(socket));\n"
				"// allowHalfOpen: true means that you close yourself\n",
		[REMEDY_GO] = "defer conn.Close()\n"
			      "for {\n"
			      "        n, err := conn.Read(buffer)\n"
			      "        if err != nil { return } // io.EOF, too\n"
			      "        consume(buffer[:n])\n"
			      "}\n",
		[REMEDY_PHP] = "while (!feof($stream)) {\n"
			       "    $data = fread($stream, 8192);\n"
			       "    if ($data === false) break;\n"
			       "}\n"
			       "fclose($stream);\n",
	}};

static const struct remedy close_after_shutdown = {
	"The program ended the connection itself, by shutdown(), and kept the descriptor: shutdown() frees nothing. "
	"Close it, after reading what the other side still sends, or at once.",
	{
		[REMEDY_C] = "shutdown(fd, SHUT_WR); /* nothing more from here */\n"
			     "while (recv(fd, buffer, sizeof buffer, 0) > 0)\n"
			     "        ;\n"
			     "close(fd);             /* after SHUT_RDWR at once */\n",
		[REMEDY_PYTHON] = "with closing(sock):\n"
				  "    sock.shutdown(socket.SHUT_WR)\n"
				  "    while sock.recv(8192):\n"
				  "        pass\n",
		[REMEDY_JAVA] = "try (socket) {\n"
				"    socket.shutdownOutput();\n"
				"    socket.getInputStream().transferTo(OutputStream.nullOutputStream());\n"
				"}\n",
		[REMEDY_NODE] = "socket.end();                         // shuts down, and closes with the peer's end,\n"
				"socket.on('end', () => socket.destroy()); // with allowHalfOpen, too\n"
				"socket.resume();                      // which is only met if it is read\n",
		[REMEDY_GO] = "defer conn.Close()\n"
			      "conn.(*net.TCPConn).CloseWrite()\n"
			      "io.Copy(io.Discard, conn)\n",
		[REMEDY_PHP] = "stream_socket_shutdown($stream, STREAM_SHUT_WR);\n"
			       "stream_get_contents($stream);\n"
			       "fclose($stream);\n",
	}};

static const struct remedy close_on_failure = {
	"There never was a connection; the descriptor is there all the same. Close it where the connect fails, "
	"before the next attempt.",
	{
		[REMEDY_C] = "int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);\n"
			     "if (connect(fd, address, size) < 0) {\n"
			     "        close(fd); /* also after EINPROGRESS and a time-out */\n"
			     "        return -1;\n"
			     "}\n",
		[REMEDY_PYTHON] = "sock = socket.socket()\n"
				  "try:\n"
				  "    sock.connect(address)\n"
				  "except OSError:\n"
				  "    sock.close()\n"
				  "    raise           # or socket.create_connection(), which does it\n",
		[REMEDY_JAVA] = "try (Socket socket = new Socket()) {\n"
				"    socket.connect(address, 2000);\n"
				"    use(socket);\n"
				"} // closed when connect() throws, too\n",
		[REMEDY_NODE] = "const socket = net.connect(options);\n"
				"socket.setTimeout(2000, () => socket.destroy());\n"
				"socket.on('error', () => socket.destroy());\n",
		[REMEDY_GO] = "conn, err := net.DialTimeout(\"tcp\", address, 2*time.Second)\n"
			      "if err != nil {\n"
			      "        return err // nothing to close\n"
			      "}\n"
			      "defer conn.Close()\n",
		[REMEDY_PHP] = "$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);\n"
			       "if (!@socket_connect($socket, $host, $port)) {\n"
			       "    socket_close($socket);\n"
			       "    throw new RuntimeException('cannot connect');\n"
			       "}\n",
	}};

static const struct remedy answer_or_close = {
	"This is a server's side, and nobody works on it any more. Answer what was asked, or close the connection, "
	"on every way out of the handler; let a time-out close what says nothing. Where a child serves it after a "
	"fork, the parent closes its own descriptor of it.",
	{
		[REMEDY_C] = "if (handle(request) < 0) {\n"
			     "        send_error(fd, 500);\n"
			     "        close(fd); /* and whoever is refused: close(fd) after accept() */\n"
			     "}\n",
		[REMEDY_PYTHON] = "try:\n"
				  "    await handle(reader, writer)\n"
				  "finally:\n"
				  "    writer.close()\n"
				  "    await writer.wait_closed()\n",
		[REMEDY_JAVA] = "try {\n"
				"    exchange.sendResponseHeaders(500, -1);\n"
				"} finally {\n"
				"    exchange.close();\n"
				"} // async: asyncContext.complete() on each path\n",
		[REMEDY_NODE] = "server.on('request', (request, response) => {\n"
				"  handle(request, response).catch(() => response.writeHead(500).end());\n"
				"});\n"
				"server.requestTimeout = 30000;\n"
				"server.keepAliveTimeout = 5000;\n",
		[REMEDY_GO] = "conn, err := listener.Accept()\n"
			      "if err != nil { return err }\n"
			      "go func() {\n"
			      "        defer conn.Close()\n"
			      "        serve(conn)\n"
			      "}()\n",
		[REMEDY_PHP] = "$client = stream_socket_accept($server);\n"
			       "try {\n"
			       "    handle($client);\n"
			       "} finally {\n"
			       "    fclose($client);\n"
			       "}\n",
	}};

static const struct remedy share_the_pool = {
	"Nothing is lost: the connection is idle, and bounded. Where there are more of them than you expect, share "
	"one pool, give it a limit, and let it close what has been idle for long.",
	{
		[REMEDY_C] = "curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 20L);\n"
			     "curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, 60L);\n",
		[REMEDY_PYTHON] = "adapter = requests.adapters.HTTPAdapter(pool_maxsize=20)\n"
				  "session.mount('https://', adapter)\n",
		[REMEDY_JAVA] = "config.setMaximumPoolSize(20);      // HikariCP\n"
				"config.setIdleTimeout(60_000);\n",
		[REMEDY_NODE] = "const agent = new http.Agent({ keepAlive: true, maxSockets: 20, timeout: 60000 });\n",
		[REMEDY_GO] = "transport := http.DefaultTransport.(*http.Transport).Clone()\n"
			      "transport.MaxConnsPerHost = 20\n"
			      "transport.IdleConnTimeout = time.Minute\n",
		[REMEDY_PHP] = "// PHP-FPM: each worker keeps its own; pm.max_children bounds them\n"
			       "$pdo = new PDO($dsn, $user, $password, [PDO::ATTR_PERSISTENT => true]);\n",
	}};

const struct remedy remedy_closed_twice = {
	"Close a descriptor in one place only, the one that owns it, and forget its number there, on every way that "
	"leads to a close. With threads the number may be another's by the second time, whose connection that close "
	"ends; to wake a thread that reads, shut the connection down and let that thread close it.",
	{
		[REMEDY_C] = "if (c->fd >= 0)\n"
			     "        close(c->fd); /* gone even if it says EINTR: never try again */\n"
			     "c->fd = -1;\n"
			     "/* to wake its reader: shutdown(c->fd, SHUT_RDWR) */\n",
		[REMEDY_PYTHON] = "sock.close()                 # twice does no harm; os.close(sock.fileno()) does\n"
				  "fd = sock.detach()           # who gets the number closes it, and nobody else\n",
		[REMEDY_JAVA] = "channel.close();             // twice does no harm\n"
				"// native code that is handed a descriptor: dup() it, and let it close its own\n",
		[REMEDY_NODE] = "socket.destroy();            // twice does no harm\n"
				"// new net.Socket({ fd }) owns fd: no fs.close(fd) after that\n",
		[REMEDY_GO] = "f, err := conn.File()        // a copy of the descriptor: each is closed once\n"
			      "defer f.Close()\n"
			      "// never syscall.Close(int(f.Fd())): f closes it, too\n",
		[REMEDY_PHP] = "socket_close($socket);       // once: of an imported stream fclose($stream) does it\n",
	}};

const struct remedy *remedy_for(enum verdict v, enum reason r)
{
	if (v == VERDICT_DRAINED)
		return &share_the_pool;
	if (v != VERDICT_LEAKED && v != VERDICT_CLOSED_EARLY)
		return NULL;
	switch (r) {
	case REASON_UNDRAINED:
	case REASON_UNREAD: return &read_or_close;
	case REASON_ABANDONED: return &one_client;
	case REASON_PEER_CLOSED:
	case REASON_ERRORED: return &close_at_the_end;
	case REASON_SHUT_DOWN: return &close_after_shutdown;
	case REASON_CONNECT_FAILED:
	case REASON_NEVER_CONNECTED: return &close_on_failure;
	case REASON_UNWATCHED:
	case REASON_UNANSWERED: return &answer_or_close;
	default: return NULL;
	}
}

const char *remedy_language_name(enum remedy_language language)
{
	static const char *const names[] = {
#define X(name, text) text,
		REMEDY_LANGUAGES(X)
#undef X
	};

	return names[language];
}
