package org.imagesynset;

import java.util.concurrent.Executor;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;

/**
 * Runs every task, if need be on the calling thread. An Elasticsearch executor refuses tasks once
 * the node shuts down, but a refused task would leave a bulk without its answer.
 */
record NeverRejectingExecutor(Executor executor) implements Executor {
    private static final Logger logger = LogManager.getLogger(NeverRejectingExecutor.class);

    @Override
    public void execute(Runnable task) {
        executor.execute(
                new AbstractRunnable() {
                    @Override
                    public boolean isForceExecution() {
                        return true;
                    }

                    @Override
                    protected void doRun() {
                        task.run();
                    }

                    @Override
                    public void onRejection(Exception e) {
                        run();
                    }

                    @Override
                    public void onFailure(Exception e) {
                        logger.error("a task of the image_synset processor failed", e);
                    }
                });
    }
}
