"""What the diagnosis of a round says in words, in the reader's language: notes, reasons, flags, thresholds.

Codes are those of judging/calibration_fit.py, agreement.py and diagnostic_flags.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.languages import current_language
from judging.pictures.shapes import figure

_NOTES = {
    "no_ratings": _l("There is no complete sheet yet, so nothing can be calibrated."),
    "severity_cancels": _l(
        "All judges saw all teams, so strict and lenient judges cancel out: the calibrated order is that of "
        "the plain mean. Only intervals and the resistant view add something."
    ),
    "islands": _l(
        "Judges and teams fall into %(count)s islands that no judge connects. Teams of different islands "
        "compare only if the islands are equally strong on average; nothing in the marks can show whether "
        "they are."
    ),
    "few_judges": _l(
        "There are only %(judges)s judges, so everything is rough; the intervals allow for that."
    ),
    "few_subjects": _l(
        "There are only %(subjects)s teams, so everything is rough; the intervals allow for that."
    ),
    "one_judge": _l(
        "There is one judge only: severity can’t be told, and there are no intervals or probabilities."
    ),
    "one_subject": _l("There is one team only, so there is no order to be sure of."),
    "one_rating_each": _l(
        "No team was seen by two judges, so error can’t be told from quality: no intervals or probabilities."
    ),
    "no_loops": _l(
        "No two judges share two teams, so error can’t be told from quality and severity: no intervals or "
        "probabilities."
    ),
    "one_rating_per_judge": _l("No judge saw two teams, so severity can’t be told from error."),
    "all_equal": _l("All totals are equal, so there is no order, and no intervals or probabilities."),
    "no_residual": _l(
        "Judges differ by constant amounts only, without any error: the intervals have no width."
    ),
    "no_severity_found": _l("No difference in severity shows beyond chance, so none is corrected."),
    "no_quality_found": _l("No difference in quality shows beyond chance: the order means little."),
    "too_many_for_draws": _l("There are more than %(most)s teams: no intervals or probabilities."),
    "no_convergence": _l("The search for the best fit stopped early; figures are approximate."),
}

_REASONS = {
    "no_ratings": _l("no judge filled in a whole sheet"),
    "one_judge": _l("there is only one judge"),
    "one_subject": _l("there is only one team"),
    "incomplete": _l("%(missing)s of %(all)s sheets are missing; it needs every judge to see every team"),
    "no_pairs": _l("no team was seen by two judges"),
    "no_variation": _l("all totals are the same"),
    "no_spread": _l("the figures it is divided by are all zero"),
    "negative_ratings": _l("it needs totals of 0 or more"),
    "too_many_values": _l("there are more than %(most)s different totals to compare in pairs"),
    "no_model": _l("error can’t be told from quality here"),
    "no_subject_variance": _l("teams do not differ more than chance makes them"),
    "too_few_subjects_compared": _l("fewer than %(least)s teams can be compared"),
}

_UNSEEN = {
    "no_model": _l("Severity, departures and pairs: error can’t be told from quality here."),
    "no_order": _l("Drift: it isn’t known in which order judges came to the teams."),
    "no_schools": _l("Own institution: no institutions are given."),
    "no_countries": _l("Own country: no countries are given."),
    "no_scale": _l("Use of the scale: a criterion has no range."),
    "one_criterion": _l("Halo: there is one criterion only."),
}

# Code → what was found, and what it may mean.
_FLAGS = {
    "strict": (
        _l("%(who)s marks %(severity)s points below the panel."),
        _l(
            "A strict judge is no bad judge. It matters only where teams had different judges; the "
            "calibrated view corrects it."
        ),
    ),
    "lenient": (
        _l("%(who)s marks %(severity)s points above the panel."),
        _l(
            "A lenient judge is no bad judge. It matters only where teams had different judges; the "
            "calibrated view corrects it."
        ),
    ),
    "erratic": (
        _l("%(who)s departs from the panel more than others do (infit %(infit)s; 1 is usual)."),
        _l("An eye of one’s own, haste, or teams mixed up: ask."),
    ),
    "muted": (
        _l("%(who)s departs from the panel less than chance makes anybody (infit %(infit)s; 1 is usual)."),
        _l("Marks may have been agreed on, or kept in the middle."),
    ),
    "weak_discrimination": (
        _l("%(who)s follows differences of quality at %(discrimination)s times the usual rate."),
        _l("Good and weak teams get nearly the same from this judge."),
    ),
    "extreme_discrimination": (
        _l("%(who)s stretches differences of quality to %(discrimination)s times the usual."),
        _l("This judge weighs more than others in a plain mean."),
    ),
    "restricted_range": (
        _l("%(who)s uses little of the range: %(ratio)s of the panel’s usual spread."),
        _l("This judge weighs less than others in a plain mean."),
    ),
    "straight_lining": (
        _l("%(who)s gave the mark %(mark)s in %(share)s of all marks."),
        _l("Perhaps sheets were filled in without weighing the criteria one by one."),
    ),
    "lenient_level": (
        _l("%(who)s marks near the upper end: at %(level)s of the scale on average."),
        _l("Near the end of the scale strong teams can’t be told apart."),
    ),
    "strict_level": (
        _l("%(who)s marks near the lower end: at %(level)s of the scale on average."),
        _l("Near the end of the scale weak teams can’t be told apart."),
    ),
    "halo": (
        _l("%(who)s marks all criteria alike: correlation %(correlation)s, others %(others)s."),
        _l("One impression may have spread to all criteria."),
    ),
    "even_sheets": (
        _l("Marks of %(who)s on one sheet differ by %(ratio)s of what is usual on the panel."),
        _l("One impression may have spread to all criteria."),
    ),
    "disagreement": (
        _l("%(who)s ranks teams against the others: rank correlation %(agreement)s."),
        _l("Perhaps the scale was read the wrong way round; or the judge sees something others don’t: ask."),
    ),
    "drift": (
        _l("Marks of %(who)s move by %(slope)s points from one team to the next."),
        _l("Early and late teams were not treated alike. A random order for each judge helps next time."),
    ),
    "own_school": (
        _l(
            "%(who)s gives teams of the own institution %(effect)s points more than others do (%(n)s sheets)."
        ),
        _l("Look at these sheets; a recusal may have been missed."),
    ),
    "own_country": (
        _l("%(who)s gives teams of the own country %(effect)s points more than others do (%(n)s sheets)."),
        _l("It may be a better understanding as well as a bias. Mixed panels keep it in balance."),
    ),
    "late_edits": (
        _l("Sheets that %(who)s changed after seeing how the round stands: %(count)s."),
        _l("Ask for the reason; the history of each sheet says what was changed."),
    ),
    "alike_pair": (
        _l("%(who)s depart from the panel alike: correlation %(correlation)s over %(common)s teams."),
        _l("They may have talked, or share a school of thought. Chance alone does this in 1 of 20 panels."),
    ),
    "identical_rows": (
        _l("%(who)s gave identical sheets to %(identical)s of %(common)s teams."),
        _l("Perhaps one sheet was copied from the other: ask both."),
    ),
    "discrepancy": (
        _l("Judges disagree about %(who)s: %(range)s points between highest and lowest."),
        _l("Ask for a second look before the result is finalized. Nothing is dropped."),
    ),
    "weak_criterion": (
        _l("%(who)s hardly goes with the other criteria: correlation %(correlation)s."),
        _l("The criterion measures something else, or judges read it differently. Explain it better."),
    ),
}

_PANEL = {
    "drift": _l("Over all judges, marks move by %(slope)s points from one team to the next."),
    "own_school": _l(
        "Over all judges, teams of the own institution get %(effect)s points more (%(n)s sheets)."
    ),
    "own_country": _l("Over all judges, teams of the own country get %(effect)s points more (%(n)s sheets)."),
}

_PRACTICE = _l("usual practice")
_JUDGMENT = _l("own judgment")
_THRESHOLDS = {
    "severity_spreads": (_l("Strict or lenient: standard deviations of severity"), _JUDGMENT),
    "severity_p": (_l("Strict or lenient: level of the test (Holm)"), "Holm 1979"),
    "misfit_high": (_l("Erratic: infit above"), "Linacre 2002"),
    "misfit_low": (_l("Muted: infit below"), "Linacre 2002"),
    "weak_discrimination": (_l("Follows quality: below, of the usual"), _JUDGMENT),
    "extreme_discrimination": (_l("Follows quality: above, of the usual"), _JUDGMENT),
    "restricted_range": (_l("Spread: below, of the panel’s median"), _JUDGMENT),
    "straight_lining": (_l("Share of one mark above"), _JUDGMENT),
    "lenient_level": (_l("Mean above, of the scale"), _JUDGMENT),
    "strict_level": (_l("Mean below, of the scale"), _JUDGMENT),
    "halo": (_l("Correlation between criteria above the others’ by"), _JUDGMENT),
    "even_sheets": (_l("Differences on a sheet: below, of the panel’s median"), _JUDGMENT),
    "disagreement": (_l("Rank correlation with the others below"), _JUDGMENT),
    "discrepancy_range": (_l("Judges disagree: range above, of the scale"), _JUDGMENT),
    "discrepancy_z": (_l("Judges disagree: departure above, in standard errors"), _PRACTICE),
    "weak_criterion": (_l("Criterion: correlation with the rest below"), "Ebel, Frisbie 1991"),
    "identical_rows": (_l("Identical sheets: at least"), _JUDGMENT),
    "pair_rate": (_l("Pairs: share of false alarms"), "Benjamini, Hochberg 1995"),
    "p": (_l("All other tests: level (Holm)"), "Holm 1979"),
    "least_ratings": (_l("Teams a judge must have seen to be looked at"), _JUDGMENT),
    "least_common": (_l("Teams a pair must share to be looked at"), _JUDGMENT),
}

VERDICTS = {"clear": _l("Clear"), "probable": _l("Probable"), "toss_up": _l("Toss-up")}


def notes(codes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The notes of the calibrated view as sentences."""
    return [str(_NOTES[row["code"]]) % row["params"] for row in codes if row["code"] in _NOTES]


def reasons(codes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Index of reliability → why it isn't there."""
    return {
        row["index"]: str(_REASONS[row["code"]]) % row["params"] for row in codes if row["code"] in _REASONS
    }


def unseen(codes: Iterable[str]) -> list[str]:
    """What could not be looked at, and why."""
    return [str(_UNSEEN[code]) for code in codes if code in _UNSEEN]


def flag_words(flag: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str]:
    """What a flag found, and what it may mean. `names`: key of a judge, entry or criterion → its name."""
    about = [names.get(key, key) for key in flag["about"]]
    figures = {name: _figure(name, value) for name, value in flag["figures"].items()}
    if flag["code"] in ("strict", "lenient"):
        figures["severity"] = figure(abs(flag["figures"]["severity"]))
    sentence, meaning = _FLAGS[flag["code"]]
    if flag["kind"] == "panel":
        sentence = _PANEL[flag["code"]]
    who = _("%(one)s and %(other)s", one=about[0], other=about[1]) if len(about) == 2 else "".join(about)
    return str(sentence) % {"who": who, **figures}, str(meaning)


def _figure(name: str, value: float) -> str:
    if name in ("share", "level"):
        return percent(value)
    if name in ("effect", "slope"):
        return figure(value, 2, signed=True)
    if name in ("n", "common", "identical", "count") or (name == "mark" and float(value).is_integer()):
        return figure(value, 0)
    return figure(value, 1 if name == "range" else 2)


def percent(share: float | None) -> str:
    """A probability as people say it; never 0 or 100, for nothing that is drawn at random is certain."""
    if share is None:
        return "–"
    if share < 0.01:
        return "< 1 %"
    if share > 0.99:
        return "> 99 %"
    return f"{100 * share:.0f} %"


def threshold_rows(values: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """What is looked at from where on, the threshold, its source. values: as they were set."""
    return [(str(text), f"{values[name]:g}", str(source)) for name, (text, source) in _THRESHOLDS.items()]


def band(value: float | None) -> str:
    """What an index of agreement from 0 to 1 is worth (Krippendorff 2004: .667 and .800)."""
    if value is None:
        return ""
    if value >= 0.8:
        return _("good")
    return _("fair, for tentative conclusions only") if value >= 0.667 else _("weak")


def in_a_row(sentences: Sequence[str]) -> str:
    """Sentences one after the other: Chinese full stops bring their own space."""
    return ("" if current_language() == "zh" else " ").join(sentences)
