"""Base64 as clients write it."""

from collections.abc import Callable


def _lines(text: str, width: int, end: str) -> str:
    return end.join(text[at : at + width] for at in range(0, len(text), width))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "standard": lambda text: text,
    "URL-safe": lambda text: text.replace("+", "-").replace("/", "_"),
    "without padding": lambda text: text.rstrip("="),
    "URL-safe without padding": lambda text: text.replace("+", "-").replace("/", "_").rstrip("="),
    "one sign of padding": lambda text: text.rstrip("=") + "=" if text.endswith("=") else text,
    "lines": lambda text: _lines(text, 76, "\n"),
    "lines of Windows": lambda text: _lines(text, 64, "\r\n") + "\r\n",
    "white space around": lambda text: f" \n\t{text} \n",
    "data URL": lambda text: f"data:image/jpeg;base64,{text}",
    "data URL in capitals": lambda text: f"DATA:IMAGE/JPEG;BASE64,{text}",
    "parameters": lambda text: f"data:image/jpeg;name=a.jpg;charset=utf-8;base64,{text}",
    "no media type": lambda text: f"data:;base64,{text}",
    "percent signs": lambda text: text.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D"),
    "data URL with percent signs in lines": lambda text: (
        "data:image/jpeg;base64," + _lines(text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3d"), 77, "\r\n")
    ),
    "percent signs for line breaks": lambda text: _lines(text, 76, "%0D%0A"),
    "byte-order mark": lambda text: f"\ufeff{text}",
    "byte-order mark and data URL": lambda text: f"\ufeff data:image/png;base64,\n{text}\n",
    "all at once": lambda text: (
        "\ufeffData:image/jpeg;base64, " + _lines(text.replace("+", "-").replace("/", "%2F"), 50, "\n").rstrip("=")
    ),
}
