"""Settings of an edition: texts, rules, dates, tracks, divisions, rounds, prizes, its state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from competition import labels, policy
from competition.eligibility import UnreadableRule, check_rule
from competition.eligibility_texts import words_of_rule
from competition.forms import organizer as forms
from competition.models import Edition, Milestone, MilestoneKind, Round
from competition.operations import editions
from competition.prize_ladders import LADDERS
from competition.views.organizer import Answer, attempt, bp, crumbs, home_zone, rest_on, seen
from competition.views.public import edition_context
from core.access import access, person
from core.errors import BadInput, NotFound
from core.forms import Form
from core.languages import Trilingual

SECTIONS: dict[str, Any] = {
    "": _l("Texts"),
    "rules": _l("Who may enter"),
    "dates": _l("Dates"),
    "tracks": _l("Tracks"),
    "divisions": _l("Divisions"),
    "rounds": _l("Rounds"),
    "prizes": _l("Prize list"),
    "state": _l("Publish and archive"),
}


def _page(template: str, edition: Edition, section: str, status: int = 200, **values: Any) -> Answer:
    base = url_for("organizer.settings", edition=edition.slug)
    sections = [
        (label, f"{base}/{name}" if name else base, name == section) for name, label in SECTIONS.items()
    ]
    for value in values.values():
        if isinstance(value, Form):
            rest_on(value, edition.version)
    page = render_template(
        template,
        edition=edition,
        crumbs=crumbs(edition, (_("Settings"), base if section else ""), *_deeper(section)),
        sections=sections,
        section=section,
        heading=SECTIONS[section],
        **values,
    )
    return page, status


def _deeper(section: str) -> list[tuple[Any, str]]:
    return [(SECTIONS[section], "")] if section else []


def _saved(edition: Edition, section: str) -> Response:
    flash(_("Saved."), "good")
    base = url_for("organizer.settings", edition=edition.slug)
    return redirect(f"{base}/{section}" if section else base, 303)  # type: ignore[return-value]


@bp.route("/<edition>/settings", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def settings(edition: Edition) -> Answer:
    names = ("year", "name", "theme", "place", "issuers", "about")
    form = forms.BasicsForm(data=forms.edition_values(edition, *names))
    status = 200
    if form.validate_on_submit():
        values = {name: form.year.data if name == "year" else form[name].value for name in names}
        problem = attempt(form, lambda: editions.change_basics(edition=edition, seen=seen(form), **values))
        if problem is None:
            return _saved(edition, "")
        status = problem.status
    elif form.errors:
        status = 422
    return _page("organizer/settings_texts.html", edition, "", status, form=form)


@bp.route("/<edition>/settings/rules", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def settings_rules(edition: Edition) -> Answer:
    """Places and sizes, and the eligibility rules; `do` says which of its forms was sent."""
    names = ("entry_places", "team_least", "team_most", "notice_days", "receipt_prefix")
    do = request.form.get("do", "")
    sizes = forms.EntryRulesForm(
        formdata=request.form if do == "sizes" else None, data=forms.edition_values(edition, *names)
    )
    rule = forms.RuleForm(formdata=request.form if do == "add" else None)
    status = 200
    if do == "sizes":
        if sizes.validate():
            values = {name: sizes[name].data for name in names}
            problem = attempt(
                sizes, lambda: editions.change_entry_rules(edition=edition, seen=seen(sizes), **values)
            )
            status = problem.status if problem else 303
        else:
            status = 422
    elif do == "add":
        status = _add_rule(edition, rule) if rule.validate() else 422
    elif do == "remove":
        status = _remove_rule(edition)
    if status == 303:
        return _saved(edition, "rules")
    return _page(
        "organizer/settings_rules.html",
        edition,
        "rules",
        status,
        sizes=sizes,
        rule=rule,
        rules=[words_of_rule(known) for known in edition.eligibility],
    )


def _add_rule(edition: Edition, form: forms.RuleForm) -> int:
    rule = form.rule()

    def act() -> None:
        try:
            check_rule(rule)
        except UnreadableRule as error:
            field = "most" if rule["kind"] == "company_age" else "least"
            raise BadInput(
                fields={field: _l("Give a limit: at least, at most, or both in this order.")}
            ) from error
        editions.set_eligibility(edition=edition, seen=seen(form), rules=[*edition.eligibility, rule])

    problem = attempt(form, act)
    return problem.status if problem else 303


def _remove_rule(edition: Edition) -> int:
    form = forms.SeenForm()
    number = request.form.get("rule", type=int)
    if number is None or not 0 <= number < len(edition.eligibility):
        raise NotFound
    rules = [rule for place, rule in enumerate(edition.eligibility) if place != number]
    editions.set_eligibility(edition=edition, seen=seen(form), rules=rules)
    return 303


# --- dates, tracks, divisions, rounds, prizes: a list, a form for one more, a page for each ---


@dataclass(frozen=True)
class PartKind:
    """How one kind of part is listed, filled in and written."""

    form: type[Form]
    add: Callable[[Edition, Any], Any]
    change: Callable[[Any, Any], Any]
    remove: Callable[[Any, int], Any]
    values: Callable[[Any], dict[str, Any]]
    title: Any


def _add_date(edition: Edition, form: Any) -> None:
    editions.set_milestone(
        edition=edition,
        kind=MilestoneKind(form.kind.data),
        at=form.at.moment,
        name=form.name.value,
        seen=seen(form),
    )


def _add_round(edition: Edition, form: Any) -> None:
    editions.add_round(edition=edition, slug=form.slug.data or "", seen=seen(form), **_round_values(form))


def _round_values(form: Any) -> dict[str, Any]:
    return {
        "name": form.name.value,
        "scoring_opens_at": form.scoring_opens_at.moment,
        "scoring_closes_at": form.scoring_closes_at.moment,
        "judges_per_entry": form.judges_per_entry.data,
        "advance_places": form.advance_places.data,
        "awards_prizes": form.awards_prizes.data,
        "show_marks": form.show_marks.data,
    }


def _prize_values(form: Any) -> dict[str, Any]:
    return {"name": form.name.value, "places": form.places.data, "gift": form.gift.value}


def _remove_part(part: Any, number: int) -> None:
    editions.remove_part(part=part, seen=number)


def _change_part(part: Any, form: Any) -> None:
    editions.change_part(part=part, seen=seen(form), name=form.name.value)


KINDS: dict[str, PartKind] = {
    "dates": PartKind(
        form=forms.MilestoneForm,
        add=_add_date,
        change=lambda part, form: editions.change_milestone(
            milestone=part, seen=seen(form), at=form.at.moment, name=form.name.value
        ),
        remove=lambda part, number: editions.remove_milestone(milestone=part, seen=number),
        values=lambda part: {"kind": part.kind.value, "name": part.name},
        title=_l("Set a date"),
    ),
    "tracks": PartKind(
        form=forms.PartForm,
        add=lambda edition, form: editions.add_track(
            edition=edition, slug=form.slug.data or "", name=form.name.value, seen=seen(form)
        ),
        change=_change_part,
        remove=_remove_part,
        values=lambda part: {"slug": part.slug, "name": part.name},
        title=_l("Add a track"),
    ),
    "divisions": PartKind(
        form=forms.PartForm,
        add=lambda edition, form: editions.add_division(
            edition=edition, slug=form.slug.data or "", name=form.name.value, seen=seen(form)
        ),
        change=_change_part,
        remove=_remove_part,
        values=lambda part: {"slug": part.slug, "name": part.name},
        title=_l("Add a division"),
    ),
    "rounds": PartKind(
        form=forms.RoundForm,
        add=_add_round,
        change=lambda part, form: editions.change_round(round=part, seen=seen(form), **_round_values(form)),
        remove=_remove_part,
        values=lambda part: {
            name: getattr(part, name)
            for name in ("slug", "name", "judges_per_entry", "advance_places", "awards_prizes", "show_marks")
        },
        title=_l("Add a round"),
    ),
    "prizes": PartKind(
        form=forms.PrizeForm,
        add=lambda edition, form: editions.add_prize(edition=edition, seen=seen(form), **_prize_values(form)),
        change=lambda part, form: editions.change_prize(prize=part, seen=seen(form), **_prize_values(form)),
        remove=lambda part, number: editions.remove_prize(prize=part, seen=number),
        values=lambda part: {"name": part.name, "places": part.places, "gift": part.gift},
        title=_l("Add a prize"),
    ),
}
_LISTS = {"dates": "milestones"}
_ROUND_TERMS = (
    ("preliminary", Trilingual("初赛", "예선", "Preliminary round")),
    ("semi-final", Trilingual("复赛", "본선", "Semi-final")),
    ("final", Trilingual("决赛", "결선", "Final")),
)


def _fresh_values(kind: str, edition: Edition) -> dict[str, Any]:
    """What the form for one more begins with."""
    if kind == "rounds":
        slug, name = _ROUND_TERMS[min(len(edition.rounds), len(_ROUND_TERMS) - 1)]
        taken = any(row.slug == slug for row in edition.rounds)
        return {"slug": "" if taken else slug, "name": name, "judges_per_entry": 3, "show_marks": True}
    return {"places": 1} if kind == "prizes" else {}


def _empty_form(kind: str, edition: Edition) -> Any:
    form = KINDS[kind].form(formdata=None, data=_fresh_values(kind, edition))
    if "zone" in form:
        form.zone.data = home_zone()  # type: ignore[attr-defined]
    return form


def _form_of(kind: str, part: Any) -> Any:
    form = KINDS[kind].form(formdata=None, data=KINDS[kind].values(part))
    if isinstance(part, Milestone):
        forms.show_moments(form, home_zone(), at=part.at)
    elif isinstance(part, Round):
        forms.show_moments(
            form,
            home_zone(),
            scoring_opens_at=part.scoring_opens_at,
            scoring_closes_at=part.scoring_closes_at,
        )
    return form


def _parts_of(edition: Edition, kind: str) -> list[Any]:
    return list(getattr(edition, _LISTS.get(kind, kind)))


def _part_of(edition: Edition, kind: str, number: int) -> Any:
    found = next((row for row in _parts_of(edition, kind) if row.id == number), None)
    if found is None:
        raise NotFound
    return found


_KIND = "<any(dates, tracks, divisions, rounds, prizes):kind>"


@bp.route(f"/<edition>/settings/{_KIND}", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def settings_parts(edition: Edition, kind: str) -> Answer:
    form, status = _empty_form(kind, edition), 200
    if request.method == "POST":
        form = KINDS[kind].form()
        if form.validate():
            problem = attempt(form, lambda: KINDS[kind].add(edition, form))
            if problem is None:
                return _saved(edition, kind)
            status = problem.status
        else:
            status = 422
    return _page(
        f"organizer/settings_{kind if kind in ('dates', 'rounds', 'prizes') else 'parts'}.html",
        edition,
        kind,
        status,
        form=form,
        parts=_parts_of(edition, kind),
        title=KINDS[kind].title,
        ladders=LADDERS,
        labels=labels,
    )


@bp.route(f"/<edition>/settings/{_KIND}/<int:part>", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def settings_part(edition: Edition, kind: str, part: int) -> Answer:
    row = _part_of(edition, kind, part)
    form, status = _form_of(kind, row), 200
    if request.method == "POST":
        form = KINDS[kind].form()
        if "slug" in form:
            form.slug.data = row.slug  # type: ignore[attr-defined]
        if "kind" in form:
            form.kind.data = row.kind.value  # type: ignore[attr-defined]
        if form.validate():
            problem = attempt(form, lambda: KINDS[kind].change(row, form))
            if problem is None:
                return _saved(edition, kind)
            status = problem.status
        else:
            status = 422
    return _page("organizer/settings_part.html", edition, kind, status, form=form, part=row, labels=labels)


@bp.post(f"/<edition>/settings/{_KIND}/<int:part>/remove")
@access(policy.organizer, once=True)
def remove_part(edition: Edition, kind: str, part: int) -> Answer:
    KINDS[kind].remove(_part_of(edition, kind, part), seen(forms.SeenForm()))
    return _saved(edition, kind)


@bp.post("/<edition>/settings/prizes/ladder")
@access(policy.organizer, once=True)
def use_ladder(edition: Edition) -> Answer:
    """Put a set of prizes of another contest below those that are there."""
    form = forms.LadderForm()
    ladder = next((known for known in LADDERS if known.key == form.ladder.data), None)
    if ladder is None:
        raise BadInput(fields={"ladder": _l("Please choose one.")})
    number: int | None = seen(form)
    for name, places in ladder.prizes:
        editions.add_prize(edition=edition, name=name, places=places, seen=number)
        number = None
    return _saved(edition, "prizes")


# --- the edition's state, clones, preview ---


@bp.route("/<edition>/settings/state", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def settings_state(edition: Edition) -> Answer:
    """Publish, archive or reopen; `do` says which."""
    do = request.form.get("do", "")
    form = forms.ReasonForm(formdata=request.form if do == "reopen" else None)
    status = 200
    if request.method == "POST":
        acts: dict[str, Callable[[], Any]] = {
            "publish": lambda: editions.publish_edition(edition=edition, seen=seen(sent)),
            "archive": lambda: editions.archive_edition(edition=edition, seen=seen(sent)),
            "reopen": lambda: editions.reopen_edition(
                edition=edition, seen=seen(sent), reason=form.reason.data or ""
            ),
        }
        sent = forms.SeenForm()
        if do not in acts:
            raise BadInput(_("Please choose one."))
        if do == "reopen" and not form.validate():
            status = 422
        elif (problem := attempt(form, acts[do])) is None:
            return _saved(edition, "state")
        else:
            status = problem.status
    return _page(
        "organizer/settings_state.html",
        edition,
        "state",
        status,
        form=form,
        missing=editions.missing_for_publication(edition),
    )


@bp.route("/<edition>/clone", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def clone(edition: Edition) -> Answer:
    form = forms.CloneForm(data={"year": edition.year + 1, "name": edition.name})
    status = 200
    if form.validate_on_submit():
        who = person()

        def act() -> None:
            editions.clone_edition(
                source=edition,
                slug=form.slug.data or "",
                year=form.year.data or 0,
                name=form.name.value,
                days=form.days.data,
                organizer_id=who.id if who else None,
            )

        if (problem := attempt(form, act)) is None:
            flash(_("The edition was made. Nobody but you sees it until you publish it."), "good")
            return redirect(url_for("organizer.settings", edition=form.slug.data), 303)
        status = problem.status
    elif form.errors:
        status = 422
    page = render_template(
        "organizer/clone.html",
        edition=edition,
        form=form,
        crumbs=crumbs(edition, (_("Make an edition out of this one"), "")),
    )
    return page, status


@bp.get("/<edition>/preview")
@access(policy.organizer_or_auditor)
def preview(edition: Edition) -> str:
    """The public page as it will look, for an edition that nobody else sees yet."""
    return render_template("competition/edition.html", **edition_context(edition))
