"""Logs in to Elasticsearch as Kibana does, sends to a login page once it can, and takes an import of saved objects."""

import base64
import json
import os
import re
import ssl
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SETTINGS = {name: value for name, value in os.environ.items() if name.startswith(("ELASTICSEARCH_", "XPACK_"))}
HOSTS = SETTINGS["ELASTICSEARCH_HOSTS"]
ADDRESSES = json.loads(HOSTS) if HOSTS.startswith("[") else [HOSTS]
AUTHORITY = SETTINGS.get("ELASTICSEARCH_SSL_CERTIFICATEAUTHORITIES")
TLS = ssl.create_default_context(cafile=AUTHORITY) if AUTHORITY else None
OWN = f"{SETTINGS['ELASTICSEARCH_USERNAME']}:{SETTINGS['ELASTICSEARCH_PASSWORD']}"
OWN_LOGIN = f"Basic {base64.b64encode(OWN.encode()).decode()}"
assert len(SETTINGS["XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY"]) >= 32


def roles_of(login: str) -> list[str] | None:
    """The roles that Elasticsearch knows a login by; None: it knows none, or is not there."""
    for address in ADDRESSES:
        request = urllib.request.Request(f"{address}/_security/_authenticate", headers={"Authorization": login})
        try:
            with urllib.request.urlopen(request, timeout=5, context=TLS) as answer:
                return list(json.load(answer)["roles"])
        except urllib.error.HTTPError:
            return None
        except OSError:
            continue
    return None


class Kibana(BaseHTTPRequestHandler):
    """Answers 503 for as long as Elasticsearch does not let it in."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if roles_of(OWN_LOGIN) != ["kibana_system"]:
            self._answer(503, {"message": "Kibana server is not ready yet"})
        elif self.path == "/api/status":
            self._answer(200, {"status": {"overall": {"level": "available"}}})
        else:
            self._answer(302, {}, Location="/login?next=%2F")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        roles = roles_of(self.headers.get("Authorization", ""))
        if self.path != "/api/saved_objects/_import?overwrite=true":
            self._answer(404, {"message": "Not Found"})
        elif "kbn-xsrf" not in self.headers:
            self._answer(400, {"message": "Request must contain a kbn-xsrf header."})
        elif roles is None:
            self._answer(401, {"message": "Unauthorized"})
        elif not {"kibana_admin", "superuser"} & set(roles):
            self._answer(403, {"message": "Forbidden"})
        else:
            objects = [json.loads(line) for line in re.findall(rb"(?m)^\{.*\}\r?$", body)]
            taken = [{"type": one["type"], "id": one["id"]} for one in objects]
            self._answer(200, {"success": True, "successCount": len(taken), "successResults": taken})

    def _answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 5601), Kibana).serve_forever()
