// SPDX-License-Identifier: Apache-2.0
// Six requests by Java's HttpClient: "one" client for all, or a "new" one for each.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;

public class NewClients {
    public static void main(String[] args) throws Exception {
        List<HttpClient> clients = new ArrayList<>();
        HttpRequest request = HttpRequest.newBuilder(URI.create(args[1])).version(HttpClient.Version.HTTP_1_1).build();
        for (int i = 0; i < 6; i++) {
            if (args[0].equals("new") || clients.isEmpty())
                clients.add(HttpClient.newHttpClient());
            HttpClient client = clients.get(clients.size() - 1);
            System.out.println(client.send(request, BodyHandlers.ofString()).body().length());
        }
        Rest.await(); // its selectors are back in epoll_wait
        Runtime.getRuntime().halt(0);
    }
}
