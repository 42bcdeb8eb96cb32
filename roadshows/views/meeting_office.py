"""Organizers prepare the one-to-one meetings: who takes part, when, who knows whom. The timetable is
`roadshows.views.meeting_timetable`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.models import Person
from core.access import access, person
from core.clock import short_day
from core.errors import BadInput
from core.form_pages import form_page
from core.forms import seen_version
from core.languages import current_language
from roadshows.forms.meetings import (
    ActForm,
    InvestorForm,
    KnownForm,
    PartyForm,
    SlotForm,
    SlotSeriesForm,
    TakeForm,
    comma_list,
)
from roadshows.meeting_lines import day_of, readings_of
from roadshows.models import Meeting, MeetingParty, MeetingSlot, MeetingState, Roadshow, Room, Side
from roadshows.operations import meeting_slots, parties
from roadshows.policy import organizer, organizer_or_auditor
from roadshows.queries import meeting_basis as plan_queries
from roadshows.queries import meetings as queries

bp = Blueprint("meeting_office", __name__, url_prefix="/<lang:lang>/o/roadshows/<roadshow>/meetings")


def me() -> Person:
    """The signed-in person, in a view whose rule asks for one."""
    return cast("Person", person())


def changes_or_looks(who: Any, *, roadshow: Roadshow, **_loaded: Any) -> bool:
    """The rule of a page with a form: auditors look at it, organizers send it."""
    rule = organizer if request.method == "POST" else organizer_or_auditor
    return rule(who, roadshow=roadshow)


def may_write(roadshow: Roadshow) -> bool:
    return organizer(me(), roadshow=roadshow)


def to(view: str, roadshow: Roadshow, **values: Any) -> Response:
    """On to a page of this blueprint."""
    return cast(
        "Response", redirect(url_for(f"meeting_office.{view}", roadshow=roadshow.slug, **values), 303)
    )


def tabs(roadshow: Roadshow) -> list[tuple[Any, str]]:
    """The pages about meetings, for the row of links on top of each."""
    return [
        (label, url_for(f"meeting_office.{view}", roadshow=roadshow.slug))
        for label, view in (
            (_("Overview"), "meetings"),
            (_("Who takes part"), "party_list"),
            (_("Times and tables"), "slots"),
            (_("Timetable"), "timetable"),
        )
    ]


def show(template: str, roadshow: Roadshow, **values: Any) -> str:
    return render_template(
        f"meeting_office/{template}.html",
        roadshow=roadshow,
        meeting_tabs=tabs(roadshow),
        writable=may_write(roadshow),
        **values,
    )


@bp.get("")
@access(organizer_or_auditor)
def meetings(roadshow: Roadshow) -> str:
    """How far it is: who takes part, who has wished, times, timetable, who has to be told."""
    rows = queries.parties_of(roadshow)
    counts = queries.wish_counts(roadshow)
    slots = queries.slots_of(roadshow)
    standing = queries.meetings_of(roadshow)
    runs = plan_queries.runs_of(roadshow)
    return show(
        "overview",
        roadshow,
        sides={side: [row for row in rows if row.side is side] for side in Side},
        Side=Side,
        shown=sum(row.shared_at is not None for row in rows),
        wishing=sum(bool(counts[row.id].must or counts[row.id].like) for row in rows if row.id in counts),
        wishes=sum(one.must + one.like for one in counts.values()),
        slots=slots,
        seats=sum(slot.tables for slot in slots),
        standing=standing,
        untold=_untold(standing),
        states={state: sum(row.state is state for row in standing) for state in MeetingState},
        MeetingState=MeetingState,
        proposal=next((run for run in runs if run.state.value == "done"), None),
        button=ActForm(),
    )


def _untold(standing: Sequence[Meeting]) -> int:
    return sum(row.told_at is None and row.state is MeetingState.PLANNED for row in standing)


# --- who takes part ---


@bp.get("/parties")
@access(organizer_or_auditor)
def party_list(roadshow: Roadshow) -> str:
    """Both sides, who was invited and who has wished, and who could be taken over."""
    rows = queries.parties_of(roadshow, with_withdrawn=True)
    keys = {row.id: row for row in rows}
    noted = queries.noted_met(roadshow)
    held = queries.held_before(roadshow)
    return show(
        "parties",
        roadshow,
        rows=rows,
        Side=Side,
        counts=queries.wish_counts(roadshow),
        nothing=queries.WishCounts(),
        invited=queries.invited_at(roadshow),
        entries=parties.entries_to_take(roadshow) if may_write(roadshow) else [],
        guests=parties.guests_to_take(roadshow) if may_write(roadshow) else [],
        known=[
            (keys[team], keys[investor], (team, investor) in noted)
            for team, investor in sorted(noted | held)
            if team in keys and investor in keys
        ],
        known_form=_known_form(rows),
        form=InvestorForm(formdata=None),
        button=ActForm(),
    )


def _known_form(rows: Sequence[MeetingParty]) -> KnownForm:
    form = KnownForm()
    for name, side in (("team", Side.TEAM), ("investor", Side.INVESTOR)):
        form[name].choices = [("", "–")] + [
            (row.key, row.name) for row in rows if row.side is side and row.withdrawn_at is None
        ]
    return form


@bp.post("/parties/teams")
@access(organizer, once=True)
def take_teams(roadshow: Roadshow) -> Response:
    form = TakeForm()
    form.chosen.choices = [(row.key, row.key) for row in parties.entries_to_take(roadshow)]
    form.check()
    made = parties.take_teams(roadshow=roadshow, entry_keys=form.chosen.data or [], who=me())
    flash(ngettext("One team takes part.", "%(num)d teams take part.", len(made)), "good")
    return to("party_list", roadshow)


@bp.post("/parties/investors")
@access(organizer, once=True)
def take_investors(roadshow: Roadshow) -> Response:
    form = TakeForm()
    form.chosen.choices = [(row.participant.key, "") for row in parties.guests_to_take(roadshow)]
    form.check()
    made = parties.take_investors(roadshow=roadshow, participant_keys=form.chosen.data or [], who=me())
    flash(ngettext("One investor takes part.", "%(num)d investors take part.", len(made)), "good")
    return to("party_list", roadshow)


@bp.route("/parties/new", methods=["GET", "POST"])
@access(organizer, once=True)
def new_investor(roadshow: Roadshow) -> Response:
    """An investor who is not on the guest list."""
    form = InvestorForm()

    def act() -> Response:
        row = parties.add_investor(
            roadshow=roadshow,
            name=form.name.data or "",
            email=form.email.data or "",
            organization=form.organization.data or "",
            language=form.language.data,
            who=me(),
        )
        flash(_("%(name)s takes part.", name=row.name), "good")
        return to("party_list", roadshow)

    return form_page(
        form, act, "meeting_office/investor.html", roadshow=roadshow, meeting_tabs=tabs(roadshow)
    )


@bp.post("/parties/invite")
@access(organizer, once=True)
def invite(roadshow: Roadshow) -> Response:
    """Mail links: to one (`party`), or to all who have not been invited yet."""
    form = ActForm()
    form.check()
    rows = queries.parties_of(roadshow)
    wanted = request.form.get("party", "")
    invited = queries.invited_at(roadshow)
    chosen = [row for row in rows if (row.key == wanted if wanted else row.participant_id not in invited)]
    sent = parties.invite_parties(parties=chosen, who=me())
    flash(ngettext("One invitation is on its way.", "%(num)d invitations are on their way.", sent), "good")
    return to("party_list", roadshow)


@bp.route("/parties/<party>", methods=["GET", "POST"])
@access(changes_or_looks, once=True)
def party(roadshow: Roadshow, party: MeetingParty) -> Response:
    """One party: its card, its limits, its meetings."""
    form = PartyForm() if request.method == "POST" else PartyForm.showing(party)

    def act() -> Response:
        parties.edit_party(
            party=party,
            seen=seen_version(form),
            who=me(),
            name=form.name.data,
            languages=form.languages.data,
            fields=comma_list(form.fields.data or ""),
            least_meetings=form.least_meetings.number,
            most_meetings=form.most_meetings.number,
        )
        flash(_("Saved."), "good")
        return to("party", roadshow, party=party.key)

    return form_page(
        form,
        act,
        "meeting_office/party.html",
        roadshow=roadshow,
        party=party,
        meeting_tabs=tabs(roadshow),
        writable=may_write(roadshow),
        rows=queries.meetings_of(roadshow, party=party, canceled=True),
        when=lambda slot: (short_day(day_of(slot), current_language()), readings_of(slot, roadshow.cities)),
        button=ActForm(formdata=None),
        MeetingState=MeetingState,
    )


@bp.post("/parties/<party>/withdraw")
@access(organizer, once=True)
def withdraw(roadshow: Roadshow, party: MeetingParty) -> Response:
    form = ActForm()
    form.check()
    act = parties.withdraw_party if party.withdrawn_at is None else parties.return_party
    gone = party.withdrawn_at is None
    act(party=party, seen=seen_version(form), who=me())
    flash(
        _("%(name)s takes part no more.", name=party.name)
        if gone
        else _("%(name)s takes part again.", name=party.name),
        "good",
    )
    return to("party_list", roadshow)


@bp.post("/parties/known")
@access(organizer, once=True)
def note_known(roadshow: Roadshow) -> Response:
    """Two who know each other already; `forget` takes the note back."""
    rows = queries.parties_of(roadshow)
    form = _known_form(rows)
    form.check()
    keys = {row.key: row for row in rows}
    act = parties.forget_met_before if request.form.get("forget") else parties.note_met_before
    act(
        roadshow=roadshow,
        team=keys[form.team.data],
        investor=keys[form.investor.data],
        who=me(),
    )
    flash(_("Noted."), "good")
    return to("party_list", roadshow, _anchor="known")


# --- times and tables ---


def _rooms(rooms: Sequence[Room]) -> list[tuple[str, str]]:
    lang = current_language()
    return [("", _("None in particular"))] + [
        (str(row.id), f"{row.venue.name.pick(lang).text} · {row.name.pick(lang).text}") for row in rooms
    ]


@bp.route("/slots", methods=["GET", "POST"])
@access(changes_or_looks, once=True)
def slots(roadshow: Roadshow) -> Response:
    """When there are meetings, at how many tables, with how many interpreters."""
    form = SlotSeriesForm()
    rooms = queries.rooms_of(roadshow)
    lang = current_language()
    days = {str(day.id): day for day in roadshow.days}
    form.day.choices = [
        (key, f"{short_day(day.date, lang)} · {day.city.name.pick(lang).text}") for key, day in days.items()
    ]
    form.room.choices = _rooms(rooms)

    def act() -> Response:
        if form.first.time is None:
            raise BadInput(fields={"first": _("Please give the time of day, for example 14:00.")})
        made = meeting_slots.add_slots(
            roadshow=roadshow,
            day=days[form.day.data],
            first=form.first.time,
            minutes=form.minutes.number or 0,
            count=form.count.number or 0,
            pause=form.pause.number or 0,
            tables=form.tables.number or 0,
            interpreters=form.interpreters.number or 0,
            room=_chosen(rooms, form.room.data),
            who=me(),
        )
        flash(ngettext("One slot was added.", "%(num)d slots were added.", len(made)), "good")
        return to("slots", roadshow)

    return form_page(
        form,
        act,
        "meeting_office/slots.html",
        roadshow=roadshow,
        meeting_tabs=tabs(roadshow),
        writable=may_write(roadshow),
        slots=queries.slots_of(roadshow),
        rooms={row.id: row for row in rooms},
        readings_of=lambda slot: readings_of(slot, roadshow.cities),
        day_of=day_of,
        button=ActForm(formdata=None),
    )


def _chosen(rooms: Sequence[Room], key: str | None) -> Room | None:
    return next((row for row in rooms if str(row.id) == key), None)


@bp.route("/slots/<int:meeting_slot>", methods=["GET", "POST"])
@access(organizer, once=True)
def slot(roadshow: Roadshow, meeting_slot: MeetingSlot) -> Response:
    """Tables, interpreters and room of one slot."""
    rooms = queries.rooms_of(roadshow)
    form = SlotForm(
        room=str(meeting_slot.room_id or ""),
        tables=str(meeting_slot.tables),
        interpreters=str(meeting_slot.interpreters),
    )
    form.room.choices = _rooms(rooms)

    def act() -> Response:
        meeting_slots.change_slot(
            slot=meeting_slot,
            roadshow=roadshow,
            tables=form.tables.number or 0,
            interpreters=form.interpreters.number or 0,
            room=_chosen(rooms, form.room.data),
            who=me(),
        )
        flash(_("Saved."), "good")
        return to("slots", roadshow)

    return form_page(
        form,
        act,
        "meeting_office/slot.html",
        roadshow=roadshow,
        slot=meeting_slot,
        meeting_tabs=tabs(roadshow),
        readings=readings_of(meeting_slot, roadshow.cities),
        day=day_of(meeting_slot),
        button=ActForm(formdata=None),
    )


@bp.post("/slots/<int:meeting_slot>/remove")
@access(organizer, once=True)
def remove_slot(roadshow: Roadshow, meeting_slot: MeetingSlot) -> Response:
    ActForm().check()
    meeting_slots.remove_slot(slot=meeting_slot, roadshow=roadshow, who=me())
    flash(_("The slot is gone."), "good")
    return to("slots", roadshow)
