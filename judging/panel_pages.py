"""What the page on a round's panel says in words and tables, from what was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from flask_babel import gettext as _

from judging import diagnosis_texts as texts
from judging.diagnosis_pages import listed
from judging.diagnosis_pictures import left_out_keys, slope_keys, slope_ranks
from judging.diagnosis_seen import Seen
from judging.diagnosis_texts import percent
from judging.pictures.judge_graph import groups
from judging.pictures.shapes import figure


@dataclass(frozen=True, slots=True)
class IndexRow:
    """An index of agreement: name, figure or "–", what it is worth or why it isn't there."""

    name: str
    value: str
    words: str


def index_rows(seen: Seen) -> list[IndexRow]:
    found = seen.found["reliability"]
    why = texts.reasons(found["note_codes"])
    rows = []
    for level, name in (
        ("interval", _("Krippendorff’s alpha, interval")),
        ("ordinal", _("Krippendorff’s alpha, ordinal")),
        ("ratio", _("Krippendorff’s alpha, ratio")),
        ("nominal", _("Krippendorff’s alpha, nominal")),
    ):
        rows.append(
            _index(name, found["alpha"][level], why.get(f"alpha.{level}", ""), banded=level != "nominal")
        )
    if "icc" in why:
        rows.append(IndexRow(_("Intraclass correlations (ICC)"), "–", why["icc"]))
    else:
        for key, name in (
            ("2", _("ICC(2,1): one judge, agreement")),
            ("2k", _("ICC(2,k): the panel’s mean, agreement")),
            ("3", _("ICC(3,1): one judge, order")),
            ("3k", _("ICC(3,k): the panel’s mean, order")),
            ("1", _("ICC(1,1): one of any judges")),
            ("1k", _("ICC(1,k): mean of any judges")),
        ):
            rows.append(_index(name, found["icc"][key], why.get(f"icc.{key}", ""), found["icc_95"][key]))
    w = found["kendall_w"]
    row = _index(_("Kendall’s W"), w["w"], why.get("kendall_w", ""))
    p = w["p_permutation"] if w["p_permutation"] is not None else w["p"]
    if p is not None:
        row = IndexRow(row.name, row.value, f"{row.words} · p {'< 0.001' if p < 0.001 else figure(p, 3)}")
    rows.append(row)
    g, reason = found["g"], why.get("g", "")
    rows.append(_index(_("Generalizability of one judge"), g["one"], reason))
    rows.append(_index(_("Generalizability of the panel’s mean"), g["k"], reason))
    rows.append(_index(_("Dependability of the plain mean"), g["k_raw"], reason))
    separation = seen.found["report"]["subject_separation"]
    rows.append(
        IndexRow(
            _("Levels of quality that can be told apart (strata)"),
            "–" if separation is None else figure(separation["strata"]),
            reason if separation is None else "",
        )
    )
    return rows


def _index(
    name: str,
    value: float | None,
    reason: str,
    interval: Sequence[float] | None = None,
    *,
    banded: bool = True,
) -> IndexRow:
    if value is None:
        return IndexRow(name, "–", reason)
    words = texts.band(value) if banded else ""
    if interval:
        words += f" · 95 %: {figure(interval[0], 2)} … {figure(interval[1], 2)}"
    return IndexRow(name, figure(value, 3), words)


def agreement_words(seen: Seen) -> str:
    """In one sentence: how far the panel's mean can be relied on, and how many judges would do."""
    g = seen.found["reliability"]["g"]
    if g["k"] is None:
        why = texts.reasons(seen.found["reliability"]["note_codes"]).get("g", "")
        return _("How reliable the panel is can’t be told: %(why)s.", why=why)
    return _(
        "Of the differences between teams %(share)s are real, with %(judges)s judges per team and severity "
        "taken out. Judges per team needed for 80 %%: %(needed)d; with plain means %(plain)d.",
        share=percent(g["k"]),
        judges=figure(g["judges_per_subject"], 0 if float(g["judges_per_subject"]).is_integer() else 1),
        needed=g["needed_for_0.8"],
        plain=g["needed_raw_for_0.8"],
    )


def flags(seen: Seen) -> list[tuple[str, str, str]]:
    """What asks a person to look: kind, what was found, what it may mean. Judges and pairs come first."""
    names = seen.names()
    kinds = ("panel", "pair", "judge", "criterion", "subject")
    found = sorted(seen.found["report"]["flags"], key=lambda flag: kinds.index(flag["kind"]))
    return [(flag["kind"], *texts.flag_words(flag, names)) for flag in found]


def judge_rows(seen: Seen) -> list[dict[str, Any]]:
    """Every judge's figures for the table."""
    rows: list[dict[str, Any]] = []
    for row in sorted(seen.found["report"]["judges"], key=lambda row: seen.judge(row["judge"])):
        low, high = row["severity_low"], row["severity_high"]
        rows.append(
            {
                "name": seen.judge(row["judge"]),
                "n": row["n"],
                "mean": figure(row["mean"], 1),
                "spread": _known(row["spread"], 1),
                "severity": "–"
                if low is None
                else f"{figure(row['severity'], signed=True)} "
                f"({figure(low, signed=True)} … {figure(high, signed=True)})",
                "infit": _known(row["infit"], 2),
                "outfit": _known(row["outfit"], 2),
                "discrimination": _known(row["discrimination"], 2),
                "agreement": _known(row["agreement"], 2),
                "halo": _known(row["halo"], 2),
                "drift": _effect(row["drift"]),
                "own_school": _effect(row["own_school"]),
                "own_country": _effect(row["own_country"]),
                "late_edits": row["late_edits"],
            }
        )
    return rows


def mark_rows(seen: Seen) -> list[tuple[str, int, str, str, str]]:
    """Each judge's number of totals, the lowest, the median, the highest."""
    given: dict[str, list[float]] = {}
    for judge, _subject, value, _residual in seen.found["ratings"]:
        given.setdefault(seen.found["judges"][judge], []).append(value)
    return [
        (seen.judge(key), len(own), figure(min(own)), figure(median(own)), figure(max(own)))
        for key, own in sorted(given.items(), key=lambda item: seen.judge(item[0]))
    ]


def left_out_rows(seen: Seen) -> list[tuple[str, int, int, str, int, str]]:
    """The pictured teams' official ranks, and the best and worst without one judge, by official rank."""
    rows = []
    for key in left_out_keys(seen):
        best, best_by, worst, worst_by = seen.found["left_out_ranks"][key]
        official = seen.posed.official[key]
        rows.append(
            (
                seen.team(key),
                official,
                best,
                seen.judge(best_by) if best != official else "–",
                worst,
                seen.judge(worst_by) if worst != official else "–",
            )
        )
    return rows


def slope_rows(seen: Seen) -> list[tuple[str, int, int | str, int | str]]:
    """The pictured teams' official, calibrated and resistant ranks."""
    ranks = slope_ranks(seen)
    return [
        (
            seen.team(key),
            official,
            "–" if calibrated is None else calibrated,
            "–" if robust is None else robust,
        )
        for key in slope_keys(seen)
        for official, calibrated, robust in [ranks[key]]
    ]


def residual_rows(seen: Seen, teams: Sequence[str]) -> list[tuple[str, str]]:
    """Each team with every judge's total and departure, and who recused."""
    own: dict[str, list[str]] = {}
    sign = -1 if seen.low_wins else 1
    for judge, subject, value, residual in seen.found["ratings"]:
        departure = "–" if residual is None else figure(sign * residual, signed=True)
        own.setdefault(seen.found["subjects"][subject], []).append(
            f"{seen.judge(seen.found['judges'][judge])} {figure(value)} ({departure})"
        )
    for judge, subject in sorted(seen.posed.recused):
        own.setdefault(subject, []).append(_("%(judge)s recused", judge=seen.judge(judge)))
    return [(seen.team(key), _(", ").join(own.get(key, ["–"]))) for key in teams]


def team_criterion_rows(seen: Seen, teams: Sequence[str]) -> list[list[str]]:
    """Each team's mean mark on each criterion."""
    means = seen.found["criteria"]["means"]
    return [[seen.team(key), *(_known(value, 1) for value in means.get(key, ()))] for key in teams]


def criterion_heads(seen: Seen) -> list[str]:
    names = seen.names()
    return [names.get(key, key) for key in seen.found["criteria"]["keys"]]


def graph_rows(seen: Seen) -> list[tuple[str, int, int, int]]:
    """Each judge's island, number of teams, and how many other judges she met on them."""
    found = seen.found
    pairs = [(found["judges"][judge], subject) for judge, subject, *_rest in found["ratings"]]
    panels: dict[int, set[str]] = {}
    for judge, subject in pairs:
        panels.setdefault(subject, set()).add(judge)
    island = groups([(judge, str(subject)) for judge, subject in pairs])
    return [
        (
            seen.judge(key),
            island[key] + 1,
            sum(judge == key for judge, _subject in pairs),
            len(set().union(*(panel for panel in panels.values() if key in panel)) - {key}),
        )
        for key in sorted(found["judges"], key=seen.judge)
    ]


def criterion_rows(seen: Seen) -> list[dict[str, str]]:
    names = seen.names()
    return [
        {
            "name": names.get(row["criterion"], row["criterion"]),
            "mean": figure(row["mean"], 1),
            "spread": _known(row["spread"], 1),
            "alpha": _known(row["alpha"], 2),
            "rest": _known(row["rest_correlation"], 2),
        }
        for row in seen.found["report"]["criteria"]
    ]


def effect_rows(seen: Seen) -> list[IndexRow]:
    """Effects over all judges: own institution, own country, order; with the reason where there is none."""
    report = seen.found["report"]
    rows = []
    for key, name, missing in (
        ("own_school", _("Own institution"), _("no judge saw a team of the own institution")),
        ("own_country", _("Own country"), _("nothing to compare: judges saw teams of one kind only")),
        (
            "drift",
            _("Per team in the order of judging"),
            _("the order in which judges came to the teams isn’t known"),
        ),
    ):
        effect = report[key]
        words = (
            missing
            if effect is None
            else _("%(n)s sheets", n=effect["n"])
            + f" · p {'< 0.001' if effect['p'] < 0.001 else figure(effect['p'], 3)}"
        )
        rows.append(
            IndexRow(
                name,
                "–"
                if effect is None
                else f"{figure(effect['value'], 2, signed=True)} ± {figure(1.96 * effect['error'], 2)}",
                words,
            )
        )
    return rows


def pair_rows(seen: Seen, most: int = 10) -> list[dict[str, Any]]:
    """The pairs of judges who depart from the panel most alike."""
    pairs = sorted(seen.found["report"]["alike"], key=lambda row: row["p_adjusted"])[:most]
    return [
        {
            "names": listed([seen.judge(key) for key in row["judges"]]),
            "common": row["common"],
            "correlation": figure(row["correlation"], 2),
            "p": figure(row["p_adjusted"], 3),
        }
        for row in pairs
    ]


def _known(value: float | None, places: int) -> str:
    return "–" if value is None else figure(value, places)


def _effect(effect: Mapping[str, Any] | None) -> str:
    return (
        "–"
        if effect is None
        else f"{figure(effect['value'], 2, signed=True)} ± {figure(1.96 * effect['error'], 2)}"
    )
