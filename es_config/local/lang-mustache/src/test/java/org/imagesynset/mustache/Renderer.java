package org.imagesynset.mustache;

import java.util.Map;

/** A template engine, so that two can be asked the same. */
interface Renderer {

    /**
     * @param options as in a stored script: <code>content_type</code>
     * @throws Exception if the engine refuses the template or the parameters
     */
    String render(String source, Map<String, Object> params, Map<String, String> options)
            throws Exception;
}
