"""The meetings on a participant's own page: card, wishes, times, own timetable; and afterwards the
feedback."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core import clock
from core.access import ANYONE, access
from core.errors import BadInput, NotFound, Problem
from core.form_pages import form_page
from core.forms import seen_version
from core.limits import UPLOADS, limiter
from roadshows.forms.meetings import ActForm, comma_list
from roadshows.forms.my_meetings import CardForm, DeclineForm, FeedbackForm, TimesForm
from roadshows.meeting_lines import day_of, end_of, readings_of
from roadshows.models import Meeting, MeetingParty, MeetingState, Participant, Roadshow, Wish
from roadshows.operations import feedback as feedback_operations
from roadshows.operations import wishes
from roadshows.operations.meetings import cancel_meeting
from roadshows.queries import my_meetings as queries
from roadshows.queries.meetings import room_names
from roadshows.views.my import private

bp = Blueprint("my_meetings", __name__, url_prefix="/<lang:lang>/roadshows/<roadshow>/my/<participant>")
_WRITES = "120 per minute"


def _party(participant: Participant) -> MeetingParty:
    party = queries.party_of(participant)
    if party is None:
        raise NotFound
    return party


def _to(view: str, roadshow: Roadshow, anchor: str = "") -> Response:
    """On to one of the person's pages, under the address by which she came."""
    secret = (request.view_args or {})["participant"]
    url = url_for(f"my_meetings.{view}", roadshow=roadshow.slug, participant=secret, _anchor=anchor or None)
    return _kept_private(cast("Response", redirect(url, 303)))


def _kept_private(response: Response) -> Response:
    return private(response, response.status_code)  # type: ignore[arg-type]


@bp.get("/meetings")
@access(ANYONE)
def meetings(roadshow: Roadshow, participant: Participant) -> Response:
    """Everything about the person's meetings: timetable, cards of the other side with wishes."""
    return _meetings_page(roadshow, participant)


def _meetings_page(roadshow: Roadshow, participant: Participant, problem: Problem | None = None) -> Response:
    party = _party(participant)
    rows = queries.timetable_of(party)
    return private(
        render_template(
            "my_meetings/meetings.html",
            roadshow=roadshow,
            participant=participant,
            party=party,
            cards=queries.cards_for(party),
            rows=[row for row in rows if row.state is not MeetingState.CANCELED],
            canceled=[row for row in rows if row.state is MeetingState.CANCELED],
            rooms=room_names(roadshow) if any(row.slot.room_id for row in rows) else {},
            open=wishes.wishes_open(roadshow) and party.withdrawn_at is None,
            readings_of=lambda slot: readings_of(slot, roadshow.cities),
            day_of=day_of,
            end_of=end_of,
            Wish=Wish,
            button=ActForm(formdata=None),
            problem=problem,
        ),
        problem.status if problem else 200,
    )


@bp.post("/meetings/wish")
@limiter.limit(_WRITES)
@access(ANYONE)
def wish(roadshow: Roadshow, participant: Participant) -> Response:
    """One tap: must meet, would like, no thanks, or none of these again."""
    party = _party(participant)
    ActForm().check()
    about = queries.card_of(party, request.form.get("about", ""))
    sent = request.form.get("wish", "")
    if about is None or sent not in ("", *Wish):
        raise BadInput(_l("Please choose from the list only."))
    wishes.set_wish(party=party, about=about, wish=Wish(sent) if sent else None)
    return _to("meetings", roadshow, f"card-{about.key}")


@bp.route("/meetings/card", methods=["GET", "POST"])
@limiter.limit(UPLOADS, methods=["POST"])
@access(ANYONE)
def card(roadshow: Roadshow, participant: Participant) -> Response:
    """The person's own card, and whether the other side may see it."""
    party = _party(participant)
    form = CardForm() if request.method == "POST" else CardForm.showing(party)

    def act() -> Response:
        wishes.save_card(
            party=party,
            seen=seen_version(form),
            headline=form.headline.value,
            about=form.about.value,
            fields=comma_list(form.fields.data or ""),
            languages=form.languages.data or [],
            most_meetings=form.most_meetings.number or 0,
            shared=bool(form.shared.data),
        )
        flash(
            _("Your card is shown to the other side.")
            if party.shared_at
            else _("Your card is kept, and shown to nobody."),
            "good",
        )
        return _to("meetings", roadshow)

    return _kept_private(
        form_page(form, act, "my_meetings/card.html", roadshow=roadshow, participant=participant, party=party)
    )


@bp.route("/meetings/times", methods=["GET", "POST"])
@access(ANYONE)
def times(roadshow: Roadshow, participant: Participant) -> Response:
    """At which times the person can come."""
    party = _party(participant)
    choices = queries.times_of(party)
    form = TimesForm(can=[str(one.slot.id) for one in choices if one.can])
    form.can.choices = [(str(one.slot.id), str(one.slot.id)) for one in choices]

    def act() -> Response:
        wishes.set_times(
            party=party,
            slots=[one.slot for one in choices],
            can={int(number) for number in form.can.data or []},
        )
        flash(_("Your times are kept."), "good")
        return _to("meetings", roadshow)

    return _kept_private(
        form_page(
            form,
            act,
            "my_meetings/times.html",
            roadshow=roadshow,
            participant=participant,
            party=party,
            choices=choices,
            open=wishes.wishes_open(roadshow) and party.withdrawn_at is None,
            readings_of=lambda slot: readings_of(slot, roadshow.cities),
            day_of=day_of,
        )
    )


@bp.route("/meetings/<meeting>/cancel", methods=["GET", "POST"])
@access(ANYONE)
def cancel(roadshow: Roadshow, participant: Participant, meeting: Meeting) -> Response:
    """The person can't come to one of the meetings; the other side is told and somebody else may get in."""
    party = _party(participant)
    if meeting.told_at is None:
        raise NotFound
    form = DeclineForm(version=meeting.version)

    def act() -> Response:
        cancel_meeting(meeting=meeting, by=party.side, reason=form.reason.data or "", seen=seen_version(form))
        flash(_("The meeting is canceled, and the other side is told. Thank you for saying so."), "good")
        return _to("meetings", roadshow)

    return _kept_private(
        form_page(
            form,
            act,
            "my_meetings/cancel.html",
            roadshow=roadshow,
            participant=participant,
            meeting=meeting,
            other=meeting.investor if meeting.team_id == party.id else meeting.team,
            readings=readings_of(meeting.slot, roadshow.cities),
            day=day_of(meeting.slot),
            can_cancel=meeting.state is MeetingState.PLANNED and end_of(meeting.slot) > clock.now(),
        )
    )


@bp.route("/feedback", methods=["GET", "POST"])
@access(ANYONE)
def feedback(roadshow: Roadshow, participant: Participant) -> Response:
    """What the person thought of the event, once it has begun."""
    given = feedback_operations.feedback_of(participant)
    form = FeedbackForm() if request.method == "POST" else FeedbackForm.showing(given)

    def act() -> Response:
        feedback_operations.give_feedback(
            participant=participant, marks=form.marks, comment=form.comment.data or ""
        )
        flash(_("Thank you. Your answers are kept."), "good")
        return _to("feedback", roadshow)

    return _kept_private(
        form_page(
            form,
            act,
            "my_meetings/feedback.html",
            roadshow=roadshow,
            participant=participant,
            given=given,
            open=feedback_operations.is_open(roadshow),
        )
    )
