// SPDX-License-Identifier: Apache-2.0
package org.example;

import static org.junit.Assert.assertEquals;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** Both pass: that one of them leaks is seen from outside. */
public class FetchTest {
    private static HttpServer server;

    @BeforeClass
    public static void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = new byte[300_000];
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterClass
    public static void stop() {
        server.stop(0);
    }

    @Test
    public void tidy() throws Exception {
        assertEquals(200, Fetch.tidy(server.getAddress().getPort()));
    }

    @Test
    public void leaky() throws Exception {
        assertEquals(200, Fetch.leaky(server.getAddress().getPort()));
    }
}
