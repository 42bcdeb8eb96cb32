"""The room's commands. Those that plan files need no database."""

from __future__ import annotations

import click

from roadshows.agenda_cli import agenda
from roadshows.meetings_cli import meetings

commands: list[click.Command] = [agenda, meetings]
