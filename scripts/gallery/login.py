"""Who may use the gallery: whoever opens the address that the command printed, which has a token."""

import hmac
import secrets
from dataclasses import dataclass, field

from flask import Flask, Request, Response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

_PARAMETER = "token"


@dataclass
class Login:
    """What lets a browser in.

    A browser that is opened has its address in the list of processes, where every user of the machine can read it:
    the ticket in that one is good once.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    ticket: str | None = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def accepts(self, given: str) -> bool:
        """Whether it is the token, or the ticket for the first time."""
        if _same(given, self.token):
            return True
        if self.ticket is not None and _same(given, self.ticket):
            self.ticket = None
            return True
        return False

    def address(self, gallery: str) -> str:
        """The gallery's address for people: it lets in as often as it is opened."""
        return f"{gallery}/?{_PARAMETER}={self.token}"

    def address_for_once(self, gallery: str) -> str:
        """The gallery's address for the browser that the command opens."""
        return f"{gallery}/?{_PARAMETER}={self.ticket}"


def require(app: Flask, login: Login) -> None:
    """Answer those alone who have the cookie, which they get for the token."""

    @app.before_request
    def check() -> ResponseReturnValue | None:
        if _same(request.cookies.get(_cookie(request), ""), login.token):
            return None
        if request.method == "GET" and login.accepts(request.args.get(_PARAMETER, "")):
            return _let_in(login)
        raise Forbidden(
            "Expected the address that `image-synset gallery` printed, which has a token, or a browser that opened it "
            "before; received neither. Open that address, or reload this page if you came by a link of another site."
        )


def _let_in(login: Login) -> Response:
    """The same address without the token, which so does not stay in the address line."""
    rest = "&".join(part for part in request.query_string.decode("ascii", "replace").split("&") if not _is_token(part))
    answer = redirect(f"{request.path}?{rest}" if rest else request.path, code=303)
    assert isinstance(answer, Response)
    answer.set_cookie(_cookie(request), login.token, httponly=True, samesite="Strict")
    return answer


def _is_token(part: str) -> bool:
    return part.partition("=")[0] == _PARAMETER


def _cookie(request: Request) -> str:
    # cookies don't know ports: two galleries of one machine have one each
    return f"image-synset-gallery-{request.host.rpartition(':')[2]}"


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
