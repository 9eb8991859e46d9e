package org.imagesynset.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Base64TextTests {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "+/8A/w==",
                "-_8A_w==",
                "+/8A/w",
                "+/8A\n/w==\n",
                " \t+/8A\r\n/w==  ",
                "data:image/jpeg;base64,+/8A/w==",
                "DATA:image/jpeg;BASE64,+/8A/w==",
                "data:image/jpeg;name=a.jpg;base64,+/8A/w==",
                "data:;base64,+/8A/w==",
                "data:image/jpeg;base64,%2B%2F8A%2fw%3D%3D",
                "\uFEFF+/8A/w==",
                "\uFEFFdata:image/png;base64,-_8A_w"
            })
    void everySpellingIsOneText(String text) {
        assertEquals("+/8A/w==", Base64Text.normalized(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "%%%",
                "no base64!",
                "A",
                "=QQ=",
                "Q=Q=",
                "QQ===",
                "data:image/png,QQ==",
                "data:image/png;base64",
                "data:;base64,",
                "猫猫猫猫",
                "QQ==QQ==",
                "%2"
            })
    void anythingElseIsNone(String text) {
        assertNull(Base64Text.normalized(text));
    }
}
