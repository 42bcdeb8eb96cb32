"""What pages, messages and refusals say about results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import ngettext

from core import clock
from core.languages import Trilingual, current_language
from core.mail import Message
from judging.models import Objection, ObjectionOutcome, Result

if TYPE_CHECKING:
    from judging.queries.carried import CarriedRound
    from judging.queries.material import Blocker

_MOST_NAMED = 8


def blocker_text(blocker: Blocker) -> str:
    """What stands in the way of finalizing, and what to do."""
    named = _named(blocker.items)
    texts: dict[str, Callable[[], str]] = {
        "no_entries": lambda: _("No accepted entry is in this round."),
        "no_rubric": lambda: _("The round has no criteria."),
        "missing_sheets": lambda: ngettext(
            "%(num)d score sheet is not submitted: %(names)s.",
            "%(num)d score sheets are not submitted: %(names)s.",
            blocker.count,
            names=named,
        ),
        "unscored": lambda: ngettext(
            "%(num)d entry has no marks yet: %(names)s.",
            "%(num)d entries have no marks yet: %(names)s.",
            blocker.count,
            names=named,
        ),
        "short_panels": lambda: _(
            "Fewer than %(num)d judges have scored %(names)s. Assign another judge, or lower the number of"
            " judges per entry in the settings of the round.",
            num=blocker.count,
            names=named,
        ),
        "conflicts": lambda: ngettext(
            "%(num)d sheet comes from a judge tied to the team: %(names)s. Reopen it and replace the judge.",
            "%(num)d sheets come from judges tied to the team: %(names)s. Reopen and replace them.",
            blocker.count,
            names=named,
        ),
        "too_few_judges": lambda: _("Too few judges for the rule: %(names)s.", names=named),
        "rule": lambda: _("The rule doesn't fit the marks: %(problem)s.", problem=named),
        "tie_prize": lambda: _(
            "%(names)s are tied, and only %(fit)d of them can get the prize above. Record a decision.",
            names=named,
            fit=blocker.count,
        ),
        "tie_advance": lambda: _(
            "%(names)s are tied, and only %(fit)d of them can go on to the next round. Record a decision.",
            names=named,
            fit=blocker.count,
        ),
        "carried_unpublished": lambda: _(
            "The rule counts the totals of “%(round)s”, which has no published result. Publish it first; "
            "until then only this round's own totals are shown here.",
            round=_round_name(blocker),
        ),
        "carried_missing": lambda: _(
            "The rule counts the totals of “%(round)s”, and its published result has none for %(names)s. "
            "Take these entries out of the round or correct that result.",
            round=_round_name(blocker),
            names=named,
        ),
        "carried_direction": lambda: _(
            "The rule counts the totals of “%(round)s”, but the lowest total wins in only one of the two "
            "rounds, so they can't be added up.",
            round=_round_name(blocker),
        ),
        "objections": lambda: ngettext(
            "%(num)d objection is not answered yet.",
            "%(num)d objections are not answered yet.",
            blocker.count,
        ),
        "unchanged": lambda: _("Nothing has changed since version %(number)d.", number=blocker.count),
        "nobody": lambda: _("Nobody was signed in who could finalize it."),
    }
    return texts[blocker.code]()


def blockers_text(blockers: Sequence[Blocker]) -> str:
    return " ".join(blocker_text(blocker) for blocker in blockers)


def _round_name(blocker: Blocker) -> str:
    return blocker.about.pick(current_language()).text


def corrected_since_text(corrected: Sequence[CarriedRound]) -> str:
    """Why a version whose earlier round was corrected meanwhile no longer counts."""
    names = ", ".join(one.name.pick(current_language()).text for one in corrected)
    return _(
        "The result of %(rounds)s was corrected after this version was made, so it counts totals that no "
        "longer stand. Finalize a new version.",
        rounds=names,
    )


def _named(items: Sequence[str]) -> str:
    shown = ", ".join(items[:_MOST_NAMED])
    more = len(items) - _MOST_NAMED
    return _("%(names)s and %(count)d more", names=shown, count=more) if more > 0 else shown


def disqualified_reason(name: str) -> str:
    """Why a new version was made, for readers of all three languages."""
    return f"取消参赛资格 · 참가 자격 취소 · Disqualified: {name}"


def outcome(row: Mapping[str, Any], prizes: Mapping[int, Mapping[str, str]], lang: str) -> str:
    """How a team came out, in one sentence."""
    if row["prize"] is not None:
        prize = Trilingual.from_json(dict(prizes[row["prize"]])).pick(lang).text
        return _("Your team has won: %(prize)s.", prize=prize)
    if row["advances"] is True:
        return _("Your team goes on to the next round.")
    if row["advances"] is False:
        return _("Your team does not go on to the next round. Thank you for the work you put into it.")
    return _("Thank you for the work your team put into it.")


def team_message(
    result: Result, row: Mapping[str, Any], prizes: Mapping[int, Mapping[str, str]], *, corrected: bool
) -> Callable[[str], Message]:
    """The message that tells a team's member the own result."""
    round, edition = result.round, result.round.edition

    def write(lang: str) -> Message:
        names = {"round": round.name.pick(lang).text, "edition": edition.name.pick(lang).text}
        subject = (
            _("Corrected result: %(round)s, %(edition)s", **names)
            if corrected
            else _("Results: %(round)s, %(edition)s", **names)
        )
        lines = [
            _("Team: %(team)s", team=row["team"]["name"]),
            _("Rank %(rank)d, total %(total)s", rank=row["rank"], total=row["total"]),
            outcome(row, prizes, lang),
        ]
        if corrected:
            lines.append(_("Reason of the correction: %(reason)s", reason=result.reason))
        if result.notice_until and result.published_at and result.notice_until > result.published_at:
            lines.append(
                _(
                    "The result is provisional. Until %(until)s your team may object with a reason.",
                    until=both_clocks(result.notice_until, lang),
                )
            )
        lines.append(_("How the total came about, step by step:"))
        path = f"/{lang}/e/{edition.slug}/team/{row['team']['key']}/result/{round.slug}"
        return Message(subject, "\n".join(lines), path)

    return write


def objection_message(objection: Objection) -> Callable[[str], Message]:
    """Tells an organizer that a team objects."""
    result = objection.result
    round, edition = result.round, result.round.edition

    def write(lang: str) -> Message:
        return Message(
            _("Objection by %(team)s: %(round)s", team=objection.team.name, round=round.name.pick(lang).text),
            objection.reason,
            f"/{lang}/o/{edition.slug}/judging/results/{round.slug}#objections",
        )

    return write


def answer_message(objection: Objection) -> Callable[[str], Message]:
    """Tells a team's member how the objection was answered."""
    result = objection.result
    round, edition = result.round, result.round.edition

    def write(lang: str) -> Message:
        upheld = objection.outcome is ObjectionOutcome.UPHELD
        return Message(
            _("Your objection was upheld: %(round)s", round=round.name.pick(lang).text)
            if upheld
            else _("Your objection was dismissed: %(round)s", round=round.name.pick(lang).text),
            objection.answer,
            f"/{lang}/e/{edition.slug}/team/{objection.team.key}/result/{round.slug}",
        )

    return write


def both_clocks(moment: Any, lang: str) -> str:
    """A moment as "2026年6月1日 18:00 成都 / 19:00 首尔"."""
    return " / ".join(f"{face.text} {face.place}" for face in clock.both_clocks(moment, lang))
