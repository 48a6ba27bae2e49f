// SPDX-License-Identifier: Apache-2.0
// Six requests by HttpURLConnection: URL, unread | read. Its pool is the process's own.
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;

public class UrlConnection {
	public static void main(String[] args) throws Exception {
		List<Object> kept = new ArrayList<>();

		for (int i = 0; i < 6; i++) {
			InputStream in = ((HttpURLConnection) new URL(args[0]).openConnection()).getInputStream();

			kept.add(in);
			if (args[1].equals("read"))
				in.readAllBytes();
		}
		System.out.println("done");
		System.out.flush();
		Runtime.getRuntime().halt(kept.size() - 6);
	}
}
