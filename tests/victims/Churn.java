// SPDX-License-Identifier: Apache-2.0
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** An HTTP server and its clients, while threads come and go, classes are loaded, used once and unloaded, code is compiled
 * and thrown away, children are started, and the heap is collected without end. Says how much was done, which is the
 * same each time. */
public class Churn {
    static final AtomicLong bytes = new AtomicLong();
    static volatile Object garbage;

    /** Of a loader of its own each time: its methods are gone soon after. */
    public static class Once implements Runnable {
        static int port;
        public void run() {
            try (Socket s = new Socket("127.0.0.1", Churn.port())) {
                s.getOutputStream().write("GET /once HTTP/1.0\r\n\r\n".getBytes());
                bytes().addAndGet(s.getInputStream().readAllBytes().length > 0 ? 1 : 0);
            } catch (Exception e) {
                throw new RuntimeException(e);
            }
        }
        static AtomicLong bytes() throws Exception {
            return (AtomicLong) System.getProperties().get("churn.bytes");
        }
    }

    static int port() {
        return Integer.getInteger("churn.port");
    }

    static void request(HttpClient client, int port) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).build();
        bytes.addAndGet(client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body().length);
    }

    static void loadedOnce() throws Exception {
        URL here = new File(System.getProperty("java.class.path")).toURI().toURL();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {here}, ClassLoader.getPlatformClassLoader())) {
            Class<?> type = loader.loadClass("Churn$Once");
            ((Runnable) type.getDeclaredConstructor().newInstance()).run();
        }
    }

    static void work(int rounds, int port) {
        try {
            for (int i = 0; i < rounds; i++) {
                List<byte[]> rubbish = new ArrayList<>();
                for (int k = 0; k < 200; k++)
                    rubbish.add(new byte[1 << (k % 12)]);
                garbage = rubbish;
                if (i % 8 == 0)
                    request(HttpClient.newHttpClient(), port);
                if (i % 16 == 3)
                    loadedOnce();
                try (InputStream in = new URL("http://127.0.0.1:" + port + "/").openStream()) {
                    bytes.addAndGet(in.readAllBytes().length);
                }
            }
        } catch (Exception e) {
            throw new RuntimeException(e);
        }
    }

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]), threads = Integer.parseInt(args[1]);
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 200);
        server.createContext("/", exchange -> {
            byte[] body = new byte[1000];
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.start();
        int port = server.getAddress().getPort();
        System.setProperty("churn.port", "" + port);
        System.getProperties().put("churn.bytes", bytes);
        Thread collects = new Thread(() -> {
            try {
                for (;; Thread.sleep(5))
                    System.gc();
            } catch (InterruptedException e) {
            }
        });
        collects.setDaemon(true);
        collects.start();
        for (int wave = 0; wave < 3; wave++) {
            List<Thread> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(new Thread(() -> work(rounds, port), "worker-" + i));
                all.get(i).start();
            }
            new ProcessBuilder("/bin/true").start().waitFor();
            for (Thread thread : all)
                thread.join();
        }
        System.out.println(bytes.get());
        System.exit(0);
    }
}
