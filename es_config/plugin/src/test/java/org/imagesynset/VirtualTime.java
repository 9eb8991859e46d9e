package org.imagesynset;

import java.util.PriorityQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.Scheduler;

/**
 * A node's timers and executor in one thread: time passes at once, and what is due at the same time
 * runs in random order.
 */
public final class VirtualTime implements Scheduler, Executor {
    private record Event(long at, long order, Task task) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    private static final class Task implements ScheduledCancellable {
        private final Runnable command;
        private final boolean timer;
        private boolean canceled;

        Task(Runnable command, boolean timer) {
            this.command = command;
            this.timer = timer;
        }

        @Override
        public boolean cancel() {
            canceled = true;
            return true;
        }

        @Override
        public boolean isCancelled() {
            return canceled;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException();
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final RandomGenerator random;
    private final long start;
    private long elapsed;
    private boolean shutDown;

    public VirtualTime(RandomGenerator random) {
        this.random = random;
        // Of nanoTime only differences count, so that it may be anything.
        this.start = random.nextLong();
    }

    public long nanos() {
        return start + elapsed;
    }

    @Override
    public void execute(Runnable command) {
        add(0, new Task(command, false));
    }

    /** Runs a command after a while whatever becomes of the timers. */
    public void later(long millis, Runnable command) {
        add(TimeUnit.MILLISECONDS.toNanos(millis), new Task(command, false));
    }

    @Override
    public ScheduledCancellable schedule(Runnable command, TimeValue delay, Executor executor) {
        if (shutDown) {
            throw new EsRejectedExecutionException("shut down", true);
        }
        Task task = new Task(command, true);
        add(delay.nanos(), task);
        return task;
    }

    /** As a node's thread pool at its end: timers never fire, tasks still run. */
    public void shutDown() {
        shutDown = true;
    }

    public void runAll() {
        for (Event event = events.poll(); event != null; event = events.poll()) {
            elapsed = event.at;
            if (event.task.canceled == false && (shutDown && event.task.timer) == false) {
                event.task.command.run();
            }
        }
    }

    private void add(long delayNanos, Task task) {
        events.add(new Event(elapsed + delayNanos, random.nextLong(), task));
    }
}
