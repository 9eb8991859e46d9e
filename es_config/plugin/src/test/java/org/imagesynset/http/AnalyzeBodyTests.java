package org.imagesynset.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.imagesynset.OneSidecar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnalyzeBodyTests extends OneSidecar {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"}],\"top_k\":1,\"x\":[{\"",
                "back\\slash \\u0041 \n\r\t\0\u0001\u001f\u007f",
                "\ud83d\ude00 é 漢 \u2028",
                "data:image/png;base64,AAAA",
                ""
            })
    void sendsAnyTextAsItIs(String image) throws Exception {
        node.submit(image).get(60, TimeUnit.SECONDS);
        assertEquals(image, sidecar.requests.getFirst().image(0));
        assertEquals(10, sidecar.requests.getFirst().topK());
    }

    @Test
    void textThatIsNotUnicodeHarmsNobodyElse() throws Exception {
        node.submit("a\ud800b").get(60, TimeUnit.SECONDS);
        assertEquals("a?b", sidecar.requests.getFirst().image(0));
    }
}
