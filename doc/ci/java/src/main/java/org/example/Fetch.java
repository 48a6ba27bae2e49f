// SPDX-License-Identifier: Apache-2.0
package org.example;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Asks a server for its status. One way closes the connection, the other one forgets it. */
public class Fetch {
    private static Socket kept;

    private static int ask(Socket s) throws IOException {
        s.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        BufferedReader in = new BufferedReader(new InputStreamReader(s.getInputStream(), StandardCharsets.US_ASCII));
        return Integer.parseInt(in.readLine().split(" ")[1]); // and the rest of the answer is left unread
    }

    public static int tidy(int port) throws IOException {
        try (Socket s = new Socket("localhost", port)) {
            return ask(s);
        }
    }

    public static int leaky(int port) throws IOException {
        kept = new Socket("localhost", port);
        return ask(kept);
    }
}
