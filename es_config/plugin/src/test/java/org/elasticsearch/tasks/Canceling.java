package org.elasticsearch.tasks;

import java.util.Map;

/** Tasks to cancel in tests, for which Elasticsearch has its task manager alone. */
public final class Canceling {
    private Canceling() {}

    public static CancellableTask task() {
        return new CancellableTask(1, "type", "action", "", TaskId.EMPTY_TASK_ID, Map.of());
    }

    public static void cancel(CancellableTask task) {
        task.cancel("by user request");
    }
}
