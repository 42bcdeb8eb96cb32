"""Everything kept about one person, as a ZIP that is sent while it is made: `data.json` and the person's
files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from core import clock, registries

_PIECE = 256 * 1024


class _Drain(io.RawIOBase):
    """Takes what zipfile writes and hands it out in between; it can't be rewound, so ZIP uses data
    descriptors."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def collect(person_id: int) -> dict[str, Any]:
    """{"exported_at": …, kind: rows, …} over all rooms."""
    data: dict[str, Any] = {"exported_at": clock.now().isoformat()}
    for kind in registries.personal_data:
        data[kind.name] = kind.export(person_id)
    return data


def archive(person_id: int) -> Iterator[bytes]:
    """The bytes of the ZIP, piece by piece. The database is read before the first piece."""
    document = orjson.dumps(collect(person_id), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    files = [pair for kind in registries.personal_data for pair in kind.files(person_id)]
    return _zip(document, files)


def _zip(document: bytes, files: list[tuple[str, str]]) -> Iterator[bytes]:
    drain = _Drain()
    taken: set[str] = set()
    with zipfile.ZipFile(drain, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("data.json", document)
        yield drain.take()
        for name, path in files:
            source = Path(path)
            if not source.is_file():
                continue
            with (
                source.open("rb") as reader,
                target.open(zipfile.ZipInfo(_free_name(name, taken)), "w", force_zip64=True) as writer,
            ):
                while piece := reader.read(_PIECE):
                    writer.write(piece)
                    yield drain.take()
            yield drain.take()
    yield drain.take()


def _free_name(name: str, taken: set[str]) -> str:
    """A relative name inside the archive that no other file has."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    name = "files/" + ("/".join(parts) or "file")
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        stem, dot, ending = name.rpartition(".")
        candidate = f"{stem} ({number}).{ending}" if dot else f"{name} ({number})"
    taken.add(candidate)
    return candidate
