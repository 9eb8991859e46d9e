package org.imagesynset.sidecar;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OutageTests {
    private final Outage outage = new Outage();

    @Test
    void isLoggedOnceAndItsEndToo() {
        long start = Long.MAX_VALUE - 5;
        assertFalse(outage.ends());
        assertTrue(outage.begins(start));
        assertFalse(outage.begins(start + TimeUnit.HOURS.toNanos(1)));
        assertTrue(outage.ends());
        assertFalse(outage.ends());
    }

    @Test
    void whatComesAndGoesIsLoggedOnceAMinute() {
        assertTrue(outage.begins(0));
        assertTrue(outage.ends());
        assertFalse(outage.begins(TimeUnit.SECONDS.toNanos(59)));
        assertFalse(outage.ends());
        assertTrue(outage.begins(TimeUnit.SECONDS.toNanos(60)));
    }
}
