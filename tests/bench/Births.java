// SPDX-License-Identifier: Apache-2.0
// What a socket costs, 20 frames of Java deep: prints processor time in ns for each. Births COUNT
import java.lang.management.ManagementFactory;
import java.nio.channels.SocketChannel;

class Births {
    static long births(int count) throws Exception {
        long since = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (int i = 0; i < count; i++)
            SocketChannel.open().close();
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - since;
    }

    /* The channel's own are six, main is one. */
    static long deep(int frames, int count) throws Exception {
        return frames == 0 ? births(count) : deep(frames - 1, count);
    }

    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[0]);
        deep(12, count); // compiled from then on
        System.out.println(deep(12, count) / (double) count);
    }
}
