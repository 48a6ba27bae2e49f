// SPDX-License-Identifier: Apache-2.0
// Waits until every other thread of this process sleeps, as the kernel says: what a client does in threads of its own
// (reads a body to its end, gives a connection back, goes back to its selector) is done then, however busy the machine is.
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

public class Rest {
	/** At three looks in a row, 20 ms apart: a thread that was woken stands as one that runs from that moment on. */
	public static void await() throws Exception {
		for (int quiet = 0; quiet < 3; quiet = running() ? 0 : quiet + 1)
			Thread.sleep(20);
	}

	static boolean running() throws Exception {
		long self = Long.parseLong(Path.of("/proc/thread-self").toRealPath().getFileName().toString());
		try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
			for (Path task : tasks) {
				if (task.getFileName().toString().equals(Long.toString(self)))
					continue;
				try {
					String stat = Files.readString(task.resolve("stat")); // proc(5): pid (comm) state
					if (stat.charAt(stat.lastIndexOf(')') + 2) != 'S')
						return true;
				} catch (NoSuchFileException ended) {
					continue;
				}
			}
		}
		return false;
	}
}
