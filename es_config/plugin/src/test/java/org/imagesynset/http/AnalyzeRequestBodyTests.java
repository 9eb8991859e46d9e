package org.imagesynset.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.imagesynset.OneSidecar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnalyzeRequestBodyTests extends OneSidecar {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "QQ==",
                "data:image/png;base64,AAAA",
                "data:image/png;name=\"a \\ 漢 \ud83d\ude00.png\";base64,AAAA",
                "DATA:,%2B%2F",
                "data:no,comma,AAAA",
                "-_~!@#$%^&*()'<>{}[]:;,.",
                ""
            })
    void sendsTextAsItIs(String image) throws Exception {
        node.submit(image).get(60, TimeUnit.SECONDS);
        assertEquals(image, sidecar.requests.getFirst().image(0));
        assertEquals(10, sidecar.requests.getFirst().topK());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "QUJD\r\nREVG\r\n",
                "\ufeffQUJD\tREVG ",
                "QUJD\u00a0RE\u2028VG\u0085\u001c",
                " \f\u000bQUJDREVG"
            })
    void leavesWhiteSpaceOut(String image) throws Exception {
        node.submit(image).get(60, TimeUnit.SECONDS);
        assertEquals("QUJDREVG", sidecar.requests.getFirst().image(0));
    }

    @Test
    void aHeaderThatIsNotUnicodeHarmsNobodyElse() throws Exception {
        node.submit("data:a\ud800b;base64,QQ==").get(60, TimeUnit.SECONDS);
        assertEquals("data:a?b;base64,QQ==", sidecar.requests.getFirst().image(0));
    }
}
