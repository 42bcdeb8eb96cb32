"""`./run.sh soak [name …]`: the long proofs, with fixed seeds; says what was run and what was lost."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import kills

HISTORIES = 40
"""CI runs a tenth of them (tests/races/test_kills.py)."""


def _kills() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        found = kills.run(Path(folder), histories=HISTORIES)
    print(
        f"kills: {found.histories} histories, {found.answered} saves answered, {found.in_flight} cut off in"
        f" flight; lost {len(found.lost)}, doubled {len(found.doubled)}, refused {len(found.refused)}"
    )
    for problem in (*found.lost, *found.doubled, *found.refused):
        print(f"  {problem}", file=sys.stderr)
    return found.is_sound


def _forms() -> bool:
    """Every field of every form gets everything that no form should get; the tests try a fixed fifth."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--timeout=3600", "tests/attacks/test_bad_input.py"],
        env=os.environ | {"JIACHI_EVERY_ATTEMPT": "1"},
        check=False,
    )
    return done.returncode == 0


SOAKS = {"forms": _forms, "kills": _kills}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run.sh soak", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(SOAKS)}; default all")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in SOAKS]:
        print(f"There is no soak named {', '.join(unknown)}. There are: {', '.join(SOAKS)}", file=sys.stderr)
        return 2
    results = [SOAKS[name]() for name in arguments.names or list(SOAKS)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
