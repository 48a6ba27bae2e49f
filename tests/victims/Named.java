// SPDX-License-Identifier: Apache-2.0
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Opens connections from threads of many names while the heap is collected without end, and says of each what Java calls
 * the thread that opened it: its local port, a tab, "virtual" or "platform", its number, its name. */
public class Named {
    static final List<Socket> kept = new ArrayList<>();
    static PrintStream out;
    static int port;
    static volatile Object garbage;

    static void open(String kind) {
        try {
            Socket socket = new Socket("127.0.0.1", port);
            Thread here = Thread.currentThread();
            synchronized (kept) {
                kept.add(socket);
                out.println(socket.getLocalPort() + "\t" + kind + "\t" + here.getId() + "\t" + here.getName());
            }
        } catch (Exception e) {
            throw new RuntimeException(e);
        }
    }

    static void collect() {
        try {
            for (;; Thread.sleep(1)) {
                List<byte[]> rubbish = new ArrayList<>();
                for (int i = 0; i < 500; i++)
                    rubbish.add(new byte[1 << (i % 12)]);
                garbage = rubbish;
                System.gc();
            }
        } catch (InterruptedException e) {
        }
    }

    static void platform(String name) throws Exception {
        Thread thread = new Thread(() -> open("platform"), name);
        thread.start();
        thread.join();
    }

    /** Since 21; this is compiled for 17. */
    static void virtual(String name) throws Exception {
        Object made = Thread.class.getMethod("ofVirtual").invoke(null);
        Class<?> builder = Class.forName("java.lang.Thread$Builder");
        if (name != null)
            builder.getMethod("name", String.class).invoke(made, name);
        ((Thread) builder.getMethod("start", Runnable.class).invoke(made, (Runnable) () -> open("virtual"))).join();
    }

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        boolean virtual = Integer.parseInt(System.getProperty("java.specification.version")) >= 21;
        out = new PrintStream(System.out, true, "UTF-8");
        ServerSocket server = new ServerSocket(0, 1000);
        port = server.getLocalPort();
        Thread collects = new Thread(Named::collect);
        collects.setDaemon(true);
        collects.start();
        for (int i = 0; i < rounds; i++) {
            for (String name : new String[] {"short", "of-15-bytes-all", "of-16-bytes-all-", "HttpClient-1-SelectorManager",
                    "na\u00efve-caf\u00e9-worker-7", "\u7dda\u7a0b-of-which-the-name-is-long-\ud83d\ude00", "x".repeat(300)})
                platform(name);
            ExecutorService pool = Executors.newFixedThreadPool(1);
            pool.submit(() -> open("platform")).get();
            pool.shutdown();
            platform("one that calls itself" + i);
            Thread renamed = new Thread(() -> {
                Thread.currentThread().setName("by another name than before");
                open("platform");
            }, "before");
            renamed.start();
            renamed.join();
            if (virtual) {
                virtual(null);
                virtual("virtual-worker-" + i);
                virtual("\u7dda\u7a0b");
            }
        }
        System.exit(0);
    }
}
