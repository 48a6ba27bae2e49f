// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Opens a connection from each kind of place, keeps it, and says of each where Java says that it was opened:
 * its local port, and the stack trace of the line that makes it. */
public class Opened {
    static final List<Socket> kept = new ArrayList<>();
    static final List<Socket> accepted = new ArrayList<>(); // of another thread: no list takes two at once
    static int port, every;
    static long sink;

    interface Step { long go(int i) throws IOException; }

    static class Inner {
        final long made;
        Inner(int i) throws IOException { made = open(i); }
        class Innermost {
            long go(int i) throws IOException { return new Inner(i).made; }
        }
    }

    static synchronized void say(Socket socket, Throwable here) {
        StringBuilder line = new StringBuilder().append(socket.getLocalPort());
        for (StackTraceElement e : here.getStackTrace())
            line.append(' ').append(e.getClassName()).append('.').append(e.getMethodName()).append(':')
                .append(Math.max(e.getLineNumber(), 0)).append(':').append(e.getFileName());
        System.out.println(line);
        kept.add(socket);
    }

    static long open(int i) throws IOException {
        if (i % every == 0) {
            Throwable here = new Throwable(); say(new Socket("127.0.0.1", port), here);
        }
        return i;
    }

    static long deep(int depth, int i) throws IOException {
        if (depth > 0)
            return deep(depth - 1, i)
                + 1L;
        return new Inner(1).new Innermost().go(i);
    }

    static long lambda(int i) throws IOException {
        Step step = x -> deep(x % 3, x);
        return step.go(i);
    }

    static long stream(int i) {
        return IntStream.of(i).mapToLong(x -> {
            try {
                return lambda(x);
            } catch (IOException e) {
                throw new RuntimeException(e);
            }
        }).sum();
    }

    static void many(int n) {
        for (int i = 1; i < n; i++)
            sink += stream(i);
    }

    public static void main(String[] args) throws Exception {
        int n = Integer.parseInt(args[0]);
        every = Integer.parseInt(args[1]);
        ServerSocket server = new ServerSocket(0, 500);
        port = server.getLocalPort();
        Thread accepts = new Thread(() -> {
            try {
                for (;;)
                    accepted.add(server.accept());
            } catch (IOException e) {
            }
        });
        accepts.setDaemon(true);
        accepts.start();
        many(n);
        Opened.class.getDeclaredMethod("stream", int.class).invoke(null, every);
        Thread thread = new Thread(() -> many(n), "opener");
        thread.start();
        thread.join();
        if (args.length > 2) {
            thread = (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class)
                .invoke(null, (Runnable) () -> many(every + 1));
            thread.join();
        }
        System.exit(0);
    }
}
