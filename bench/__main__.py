"""`./run.sh bench [name …] [--json FILE]`: runs the measurements and prints one table per name."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench import agenda, assignment, calibration, editor, pages, ranking, simulator
from bench.rows import Row, table

BENCHES = {
    "agenda": agenda.run,
    "assignment": assignment.run,
    "calibration": calibration.run,
    "editor": editor.run,
    "pages": pages.run,
    "ranking": ranking.run,
    "simulator": simulator.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run.sh bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHES)}; default all")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in BENCHES]:
        print(
            f"There is no bench named {', '.join(unknown)}. There are: {', '.join(BENCHES)}", file=sys.stderr
        )
        return 2
    rows: list[Row] = []
    for name in arguments.names or list(BENCHES):
        measured = BENCHES[name]()
        print(f"\n{name}\n{table(measured)}")
        rows += measured
    if arguments.json:
        arguments.json.write_text(json.dumps([row.to_json() for row in rows], indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
