"""Who may judge what: predicates for `@access` and for templates."""

from __future__ import annotations

from typing import Any

from accounts.models import Role
from competition.models import Edition
from core.access import Who
from judging.models import Judge, ScoreSheet


def judge_of_edition(who: Who, *, edition: Edition, **_loaded: Any) -> bool:
    """Judges in this edition, as head judge or not."""
    return who.holds(Role.JUDGE, "edition", edition.id) or head_judge(who, edition=edition)


def head_judge(who: Who, *, edition: Edition, **_loaded: Any) -> bool:
    """Leads the panel of this edition: decides ties."""
    return who.holds(Role.HEAD_JUDGE, "edition", edition.id)


def own_judge(who: Who, *, own_judge: Judge, **_loaded: Any) -> bool:
    """This person as a judge. The loader gives nobody else."""
    return own_judge.person_id == who.id


def assigned_judge(who: Who, *, sheet: ScoreSheet, **_loaded: Any) -> bool:
    """The sheet is this person's own. The loader gives nobody else's, so for others there is no such
    sheet."""
    return sheet.judge.person_id == who.id
