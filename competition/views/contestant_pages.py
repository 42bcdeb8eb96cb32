"""What the contestants' views share: a team's page with its standing and steps, and small answers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _

from accounts.invitations import invitation_url
from accounts.models import Invitation, Person
from competition import labels, policy, receipts, registration
from competition.company_numbers import looks_right
from competition.eligibility_texts import outcome_text, rule_text
from competition.forms.contestant import EntryForm, InviteForm
from competition.models import DocumentKind, Edition, EntryVersion, MemberRole, Team
from competition.operations import entries, teams
from competition.queries import contestant as queries
from core.access import person
from core.db import db
from core.errors import NotFound, Problem
from core.languages import Trilingual, current_language
from core.template_tools import file_size

STEPS = ("team", "members", "entry", "documents", "submit")
_STEP_OF_PAGE = {
    "profile": "team",
    "members": "members",
    "entry": "entry",
    "documents": "documents",
    "submit": "submit",
}
_LINKS_KEPT = 6
"""So many links of fresh invitations the captain's session remembers; older ones can be made anew."""


def me() -> Person:
    """The signed-in person; every address of contestants needs one."""
    return cast("Person", person())


def page(name: str, team: Team, *, step: str = "", **values: Any) -> str:
    """A page of the team: with its standing, its steps and where one is."""
    edition = team.edition
    hub = queries.hub_of(team)
    who = me()
    return render_template(
        f"contestant/{name}.html",
        edition=edition,
        team=team,
        entry=team.entry,
        hub=hub,
        steps=step_items(team, hub, step or _STEP_OF_PAGE.get(name, "")),
        labels=labels,
        is_captain=policy.captain(who, team=team),
        may_write=policy.team_writer(who, team=team) and not hub.why_closed,
        rule_text=rule_text,
        outcome_text=outcome_text,
        number_looks_right=looks_right(team.company_number, team.country),
        crumbs=_crumbs(edition, team, name),
        new_key=lambda: secrets.token_urlsafe(24),
        **values,
    )


def _crumbs(edition: Edition, team: Team, name: str) -> list[tuple[str, str]]:
    lang = current_language()
    here = url_for("contestant.hub", edition=edition.slug, team=team.key) if name != "hub" else ""
    return [(edition.name.pick(lang).text, f"/{lang}/e/{edition.slug}"), (team.name, here)]


def step_items(team: Team, hub: queries.Hub, here: str) -> list[dict[str, Any]]:
    """The five steps for the component `steps`; `here` is the step whose page it is, "" on the hub."""
    names = {
        "team": _("Team"),
        "members": _("Members"),
        "entry": _("Entry"),
        "documents": _("Documents"),
        "submit": _("Check and submit"),
    }
    items = []
    for key in STEPS:
        state = hub.states[key]
        if key == here:
            state = "now"
        elif here and state == "now":
            state = "todo" if key == "submit" else "missing"
        url = url_for(
            "contestant.profile" if key == "team" else f"contestant.{key}",
            edition=team.edition.slug,
            team=team.key,
        )
        note = _step_note(team, hub, key)
        items.append({"key": key, "label": names[key], "url": url, "state": state, "note": note})
    return items


def _step_note(team: Team, hub: queries.Hub, key: str) -> str:
    """What is missing in a step, or how far it is."""
    if key == "members":
        if "guardian" in hub.missing:
            return _("A guardian's consent is missing")
        count = sum(member.role is not MemberRole.ADVISER for member in team.members)
        return _("%(confirmed)d confirmed", confirmed=count)
    fields = {"entry": queries.DRAFT_FIELDS, "documents": ("business_plan",)}.get(key, ())
    missing = [str(labels.ENTRY_FIELDS[code]) for code in hub.missing if code in fields]
    return _("Missing: %(list)s", list=_(", ").join(missing)) if missing else ""


def members_page(team: Team, form: InviteForm) -> str:
    """Members, open invitations with the links that this browser still knows, and the form to invite."""
    known: Mapping[str, str] = session.get("team_links", {})
    waiting = teams.open_invitations(team)
    links = {
        row.id: invitation_url(known[str(row.id)], row.language) for row in waiting if str(row.id) in known
    }
    return page(
        "members",
        team,
        form=form,
        invitations=waiting,
        links=links,
        needs_guardian=entries.needs_guardian,
        advisers_most=teams.ADVISERS_MOST,
        me=me(),
    )


def keep_link(invitation: Invitation, token: str) -> None:
    """Remember a fresh link in the captain's own session: only its hash is stored, so it can't be shown
    later.
    """
    known = dict(session.get("team_links", {}))
    known[str(invitation.id)] = token
    session["team_links"] = dict(list(known.items())[-_LINKS_KEPT:])


def invitation_of(team: Team, number: int) -> Invitation:
    invitation = db.session.get(Invitation, number)
    if invitation is None or (invitation.scope_kind, invitation.scope_id) != ("team", team.id):
        raise NotFound
    return invitation


def to_members(team: Team) -> Any:
    return redirect(url_for("contestant.members", edition=team.edition.slug, team=team.key), 303)


def documents_page(team: Team, problems: Mapping[DocumentKind, Any]) -> str:
    """The documents, each with its own small form; `problems`: what was wrong with one just sent."""
    return page(
        "documents",
        team,
        kinds=[
            (kind, entries.document_of(team.entry, kind), entries.FILE_KINDS[kind], problems.get(kind, ""))
            for kind in DocumentKind
        ],
        used=entries.storage_used(team.entry),
        quota=entries.TEAM_QUOTA,
        remarks=queries.open_remarks(team.entry),
    )


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """`{"title-zh": …}` as the `{"title": {"zh": …}}` that a form is filled from."""
    values: dict[str, Any] = {}
    for name, value in flat.items():
        outer, dash, lang = name.partition("-")
        if dash:
            values.setdefault(outer, {})[lang] = value
        else:
            values[name] = value
    return values


def differing(form: EntryForm, stands: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a teammate saved meanwhile and the form says otherwise: (field's label, the teammate's text)."""
    found = []
    for name, theirs in stands.items():
        outer, _dash, lang = name.partition("-")
        field: Any = form._fields.get(outer)
        if field is not None and lang:
            field = field.form[lang]
        if field is not None and (field.data or "") != theirs:
            label = str(labels.ENTRY_FIELDS[outer])
            found.append((f"{label} ({field.label.text})" if lang else label, theirs))
    return found


def version_or_404(team: Team, number: int) -> EntryVersion:
    found = queries.version_of(team.entry, number)
    if found is None:
        raise NotFound
    return found


def names_in(versions: Iterable[EntryVersion]) -> dict[int, str]:
    """The names of the members that the versions' contents refer to by id."""
    ids = {
        row["member"]
        for version in versions
        for row in version.content.get("team", {}).get("members", [])
        if "member" in row
    }
    return queries.names_of_members(ids) if ids else {}


def value_of(edition: Edition, names: Mapping[int, str]) -> Callable[[queries.Difference, Any], str]:
    """How a value of a difference between versions is shown."""
    lang = current_language()
    parts = {row.slug: row.name.pick(lang).text for row in edition.tracks}
    parts |= {row.slug: row.name.pick(lang).text for row in edition.divisions}
    stages = {stage.value: str(label) for stage, label in labels.STAGES.items()}
    countries = {country.value: str(label) for country, label in labels.COUNTRIES.items()}

    def show(difference: queries.Difference, value: Any) -> str:
        if not value:
            return "—"
        match difference.field:
            case "members":
                return _(", ").join(names.get(number) or _("former member") for number, _role in value)
            case "track" | "division":
                return parts.get(value, value)
            case "stage":
                return stages.get(value, value)
            case "country":
                return countries.get(value, value)
            case "business_plan" | "pitch_deck" | "logo":
                return f"{value[0]} ({file_size(value[1])})"
        return str(value)

    return show


def receipt_values(team: Team) -> dict[str, Any]:
    """What the receipt shows: the newest submission. Raises `NotFound` before the first one."""
    last = entries.last_version(team.entry)
    if last is None or team.entry.receipt_number is None:
        raise NotFound
    return {
        "version": last,
        "title": Trilingual.from_json(last.content.get("title")),
        "documents": [
            (labels.DOCUMENTS[kind], last.content["documents"][kind.value])
            for kind in DocumentKind
            if kind.value in last.content.get("documents", {})
        ],
        "intact": receipts.is_intact(last),
    }


def dates(edition: Edition) -> dict[str, Any]:
    return {"opens": registration.opens_at(edition), "closes": registration.closes_at(edition)}


def doubt_company_number(team: Team) -> None:
    """A wrong checksum is worth a word, never a refusal."""
    if not looks_right(team.company_number, team.country):
        flash(
            _(
                "The company number doesn't pass the check of its country's format. If it is typed"
                " right, you can leave it so."
            ),
            "warning",
        )


def refused(form: Any, problem: Problem) -> int:
    """Show what an operation refused in the form; nothing of it is kept. Returns the answer's status."""
    db.session.rollback()
    form.add_problem(problem)
    return problem.status
