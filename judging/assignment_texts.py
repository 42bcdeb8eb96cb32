"""Why an assignment can't be, in the reader's language. Codes are those of `judging.assignment_words`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from judging.forms.assignment import BACKGROUNDS
from judging.panel_settings import PanelSettings, shown_labels

_SENTENCES: Mapping[str, Any] = {
    "too_few_judges": _l(
        "“%(entry)s” needs %(needed)s judges, and only %(eligible)s may judge it. Add judges, or lower the "
        "number per entry."
    ),
    "too_few_of_label": _l(
        "“%(entry)s” needs %(needed)s of “%(label)s”, and only %(eligible)s of those who may judge it are."
    ),
    "panel_too_large": _l("The mix asks for %(needed)s judges on “%(entry)s”, which gets %(per_entry)s."),
    "panels_collide": _l(
        "Nobody can form a panel of %(per_entry)s for “%(entry)s” that meets both the countries and the "
        "backgrounds asked for."
    ),
    "too_few_entries": _l(
        "%(judge)s must get %(least)s entries at least, and only %(eligible)s can be given to this judge."
    ),
    "fixed_over_per_entry": _l("“%(entry)s” has %(fixed)s begun sheets and gets %(per_entry)s judges."),
    "fixed_over_load": _l("%(judge)s has begun %(fixed)s sheets and may have %(most)s."),
    "fixed_against_panel": _l(
        "The begun sheets of “%(entry)s” leave %(left)s places, and the mix still needs %(needed)s."
    ),
    "fixed_over_budget": _l(
        "%(fixed)s begun sheets need an interpreter, and only %(budget)s are allowed altogether."
    ),
    "entries_need": _l("These %(count)s entries need %(needed)s sheets together: %(names)s."),
    "entries_take": _l("These %(count)s entries take no more than %(needed)s sheets: %(names)s."),
    "panel_needs": _l("These %(count)s entries need %(needed)s sheets of “%(label)s”: %(names)s."),
    "most_load": _l("These %(count)s judges may have no more than %(places)s entries together: %(names)s."),
    "least_load": _l("These %(count)s judges must get %(places)s entries together at least: %(names)s."),
    "fixed_pairs": _l("%(count)s sheets are begun and can’t move: %(names)s."),
    "interpreter_budget": _l(
        "Only %(budget)s interpreted sheets are allowed; the other rules need %(least)s at least."
    ),
    "interpreted_only": _l(
        "These %(count)s entries have too few judges who read their language and need %(needed)s interpreted "
        "sheets: %(names)s."
    ),
    "budget_and_others": _l("No more than %(budget)s interpreted sheets are allowed."),
    "island": _l(
        "Group %(number)s of %(of)s can’t be compared with the others: no judge may judge on both sides. "
        "Judges: %(judges)s. Entries: %(entries)s."
    ),
    "too_few_pairs": _l(
        "%(pairs)s sheets can’t connect %(entries)s entries and %(judges)s judges; that takes %(needed)s."
    ),
    "connected": _l("All judges have to be comparable."),
}


_MOST_NAMES = 12
_MOST_SENTENCES = 12

# Each of these stands in the way by itself; the others only collide together.
_ALONE = frozenset(
    [
        "too_few_judges",
        "too_few_of_label",
        "panel_too_large",
        "panels_collide",
        "too_few_entries",
        "fixed_over_per_entry",
        "fixed_over_load",
        "fixed_against_panel",
        "fixed_over_budget",
        "too_few_pairs",
    ]
)


def is_collision(conflict: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rules only collide together, so that giving up any one of them would do."""
    return len(conflict) > 1 and not all(row["rule"] in _ALONE for row in conflict)


def sentences(
    conflict: Sequence[Mapping[str, Any]], judges: Mapping[str, str], entries: Mapping[str, str]
) -> list[str]:
    """One sentence per colliding rule, at most `_MOST_SENTENCES`; keys become names (key → name)."""
    found = [_sentence(row, judges, entries) for row in conflict[:_MOST_SENTENCES]]
    if more := len(conflict) - len(found):
        found.append(ngettext("and %(num)d more like it", "and %(num)d more like these", more))
    return found


def _sentence(row: Mapping[str, Any], judges: Mapping[str, str], entries: Mapping[str, str]) -> str:
    names = {**judges, **entries}
    params = {name: _named(text, names) for name, text in row["params"].items()}
    if row["rule"] == "island":
        params["judges"] = _listed([judges[key] for key in row["objects"] if key in judges])
        params["entries"] = _listed([entries[key] for key in row["objects"] if key in entries])
    elif "names" in params and all(key in names for key in row["objects"]):
        params["names"] = _listed([names[key] for key in row["objects"]])
    if "label" in params:
        params["label"] = str(label_name(params["label"]))
    template = _SENTENCES.get(row["rule"])
    return str(template) % params if template is not None else _named(row["message"], names)


def _listed(names: Sequence[str]) -> str:
    shown = _(", ").join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return _("%(names)s and %(count)d more", names=shown, count=more) if more > 0 else shown


def _named(text: str, names: Mapping[str, str]) -> str:
    """The solver quotes the keys it names; here the names stand instead."""
    for key, name in names.items():
        if key in text:
            text = text.replace(f"'{key}'", name)
    return text


_COUNTRY_NAMES = {"CN": _l("China"), "KR": _l("Korea"), "ZZ": _l("Another country")}


def label_name(label: str) -> Any:
    """How a country or background of a panel rule is called."""
    label = label.strip("'")
    if label in _COUNTRY_NAMES:
        return _COUNTRY_NAMES[label]
    return next((text for kind, text in BACKGROUNDS.items() if kind.value == label), label)


def label_names(settings: PanelSettings) -> dict[str, str]:
    """The columns of the table of who may judge what, beside all: `country:CN` → its name."""
    return {label: str(label_name(label.partition(":")[2])) for label in shown_labels(settings)}


def gap_in_words(outcome: Mapping[str, Any], settings: PanelSettings) -> str:
    """How good a proposal is, as far as is proven."""
    if not outcome["gap"]:
        return _("Proven: no better assignment exists under these rules.")
    repeated = outcome["wishes"]["repeated_meetings"]
    if outcome["bound"] - outcome["objective"] == settings.mixing * repeated:
        return ngettext(
            "Proven best in fields, wishes, loads and languages; two judges meet once more often than would "
            "be ideal.",
            "Proven best in fields, wishes, loads and languages; judges meet again %(num)d times more often "
            "than would be ideal.",
            repeated,
        )
    percent = 100 * float(outcome["gap"])
    return _("At most %(percent)s %% short of the best possible; the time was up.", percent=f"{percent:.2f}")
