package org.imagesynset.sidecar;

import java.io.Closeable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;

/** What a class logs until this is closed. */
public final class LoggedLines extends AbstractAppender implements Closeable {
    private final Level before;
    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    public LoggedLines(Class<?> logging, Level level) {
        super("lines", null, null, true, Property.EMPTY_ARRAY);
        before = LogManager.getLogger(logging).getLevel();
        Configurator.setLevel(logging.getName(), level);
        logger = (Logger) LogManager.getLogger(logging);
        start();
        logger.addAppender(this);
    }

    @Override
    public void append(LogEvent event) {
        lines.add(event.getMessage().getFormattedMessage());
    }

    public List<String> lines() {
        return lines;
    }

    @Override
    public void close() {
        logger.removeAppender(this);
        Configurator.setLevel(logger.getName(), before);
        stop();
    }
}
