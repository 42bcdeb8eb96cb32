"""Static files under names that carry a hash of their bytes, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from whitenoise import WhiteNoise

from config import ROOT

STATIC = ROOT / "static"
_HASH_LENGTH = 10


@lru_cache(maxsize=512)
def hashed_name(path: str) -> str:
    """`css/site.css` -> `css/site.0123456789.css`. Raises FileNotFoundError for what isn't there."""
    file = STATIC / path
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:_HASH_LENGTH]
    return str(Path(path).with_suffix(f".{digest}{file.suffix}"))


def asset(path: str) -> str:
    """The address of a static file, with its hash; a module imported by another is addressed plainly."""
    return f"/static/{hashed_name(path)}"


class HashedStatic(WhiteNoise):
    """WhiteNoise over `static/`, each file reachable by its plain and by its hashed name."""

    def __init__(self, application: Any) -> None:
        super().__init__(
            application,
            max_age=300,
            allow_all_origins=False,
            immutable_file_test=self._is_hashed,
            add_headers_function=_harden,
        )
        self.add_files(str(STATIC), prefix="static/")
        for file in sorted(STATIC.rglob("*")):
            if file.is_file():
                plain = file.relative_to(STATIC).as_posix()
                url = f"/static/{hashed_name(plain)}"
                self.add_file_to_dictionary(url, str(file))

    @staticmethod
    def _is_hashed(path: str, url: str) -> bool:
        parts = url.rsplit(".", 2)
        return (
            len(parts) == 3
            and len(parts[1]) == _HASH_LENGTH
            and all(c in "0123456789abcdef" for c in parts[1])
        )


def _harden(headers: Any, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset
    app.wsgi_app = HashedStatic(app.wsgi_app)  # type: ignore[method-assign]
