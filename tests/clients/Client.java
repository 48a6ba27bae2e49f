// SPDX-License-Identifier: Apache-2.0
// Six requests by HttpClient: URL, unread | read | new.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;

public class Client {
	static HttpClient make() {
		return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
	}

	public static void main(String[] args) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create(args[0])).build();
		List<Object> kept = new ArrayList<>();
		HttpClient client = make();

		for (int i = 0; i < 6; i++) {
			if (args[1].equals("new"))
				client = make();
			kept.add(client);
			if (args[1].equals("unread"))
				kept.add(client.send(request, BodyHandlers.ofInputStream()));
			else
				kept.add(client.send(request, BodyHandlers.ofString()));
			Rest.await(); // it gives a connection back in a thread of its own
		}
		System.out.println("done");
		System.out.flush();
		Runtime.getRuntime().halt(kept.size() - 12);
	}
}
