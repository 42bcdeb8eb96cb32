"""The room's commands. Those that judge files need no database."""

from __future__ import annotations

import click

from judging.assign_cli import assign
from judging.import_cli import import_scores
from judging.rank_cli import rank_command

commands: list[click.Command] = [rank_command, import_scores, assign]
