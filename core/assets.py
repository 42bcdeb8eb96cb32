"""Static files under names that carry a hash of their bytes, compressed, so that browsers may keep them for
ever."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from whitenoise import WhiteNoise

from config import ROOT
from core.security import HEADERS

STATIC = ROOT / "static"
_HASH_LENGTH = 10
_COMPRESSED = {".css", ".js", ".svg"}


@lru_cache(maxsize=512)
def hashed_name(path: str) -> str:
    """`css/site.css` -> `css/site.0123456789.css`. Raises FileNotFoundError for what isn't there."""
    file = STATIC / path
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:_HASH_LENGTH]
    return str(Path(path).with_suffix(f".{digest}{file.suffix}"))


def asset(path: str) -> str:
    """The address of a static file, with its hash. Modules import one another under their plain names."""
    return f"/static/{hashed_name(path)}"


class HashedStatic(WhiteNoise):
    """WhiteNoise over a copy of `static/` with compressed siblings; each file also answers to its hashed
    name."""

    def __init__(self, application: Any, folder: Path) -> None:
        super().__init__(
            application,
            max_age=300,
            allow_all_origins=False,
            immutable_file_test=_is_hashed,
            add_headers_function=_harden,
        )
        root = _compressed_copy(folder)
        self.add_files(str(root), prefix="static/")
        for file in _files():
            self.add_file_to_dictionary(f"/static/{hashed_name(file)}", str(root / file))


def _files() -> list[str]:
    return sorted(file.relative_to(STATIC).as_posix() for file in STATIC.rglob("*") if file.is_file())


def _compressed_copy(folder: Path) -> Path:
    """`static/` as it is now, with a .gz beside each text file; made once per contents, in `folder`."""
    names = _files()
    digest = hashlib.sha256("\n".join(hashed_name(name) for name in names).encode()).hexdigest()[:16]
    copy = folder / f"static-{digest}"
    if copy.is_dir():
        return copy
    folder.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder))
    for name in names:
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        data = (STATIC / name).read_bytes()
        target.write_bytes(data)
        if target.suffix in _COMPRESSED:
            target.with_name(target.name + ".gz").write_bytes(gzip.compress(data, 9, mtime=0))
    try:
        fresh.rename(copy)
    except OSError:  # another process was first
        shutil.rmtree(fresh)
    for old in folder.glob("static-*"):
        if old != copy:
            shutil.rmtree(old, ignore_errors=True)
    return copy


def _is_hashed(_path: str, url: str) -> bool:
    parts = url.rsplit(".", 2)
    return (
        len(parts) == 3 and len(parts[1]) == _HASH_LENGTH and all(c in "0123456789abcdef" for c in parts[1])
    )


def _harden(headers: Any, _path: str, _url: str) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    )


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset
    folder = app.config["SETTINGS"].INSTANCE / "cache"
    app.wsgi_app = HashedStatic(app.wsgi_app, folder)  # type: ignore[method-assign]
