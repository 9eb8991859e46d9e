package org.imagesynset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.imagesynset.FakeSidecar.Behavior;
import org.imagesynset.analysis.AnalysisException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A node with one sidecar, whose every request is tried once. */
public abstract class OneSidecar {
    protected FakeSidecar sidecar;
    protected TestNode node;

    @BeforeEach
    void start() throws Exception {
        sidecar = new FakeSidecar();
        node = new TestNode(sidecar.url(), "retries", 0, "breaker.failures", 1000);
    }

    @AfterEach
    void stop() {
        node.close();
        sidecar.close();
    }

    protected AnalysisException expect(String type, String message, Behavior behavior) {
        sidecar.behavior = behavior;
        AnalysisException e = node.fault("QQ==");
        assertEquals(type, e.type(), e.getMessage());
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(e.getMessage().startsWith("sidecar [http://127.0.0.1:"), e.getMessage());
        return e;
    }
}
