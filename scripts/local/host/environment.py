"""What a service sees of the caller's environment: what is named here, and so none of its secrets."""

import os
from collections.abc import Mapping

_OF_EVERY_PROGRAM = (
    *("PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
)
ELASTICSEARCHS = (*_OF_EVERY_PROGRAM, "ES_JAVA_OPTS")
"""Names of the variables that Elasticsearch and its tools get."""

SIDECARS = (
    *_OF_EVERY_PROGRAM,
    *("PYTHONPATH", "KERAS_HOME", "OMP_NUM_THREADS", "TF_CPP_MIN_LOG_LEVEL"),
    # for the download of weights
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
)
"""Names of the variables that the sidecar gets, besides its own, which begin with `SIDECAR_`."""


def passed_on(
    names: tuple[str, ...], prefix: str | None = None, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The variables of those names, and those whose name begins with the prefix, as far as they are set."""
    return {
        name: value
        for name, value in environ.items()
        if name in names or (prefix is not None and name.startswith(prefix))
    }
