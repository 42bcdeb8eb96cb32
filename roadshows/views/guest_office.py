"""The organizers' guest list: who is on it, what becomes of each, and one guest at a time."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.addresses import shown_phone
from core.access import Who, access, person
from core.errors import BadInput
from core.form_pages import form_page
from core.forms import seen_version
from core.languages import current_language
from roadshows import guest_labels as labels
from roadshows import policy
from roadshows.forms.guests import GuestForm, NewGuestForm, SeatsForm
from roadshows.models import Guest, GuestState, Roadshow
from roadshows.operations import guests, seats
from roadshows.queries import door as door_queries
from roadshows.queries import guests as queries
from roadshows.queries.guests import GuestFilter

bp = Blueprint("guest_office", __name__, url_prefix="/<lang:lang>/o/roadshows/<roadshow>/guests")

_DECISIONS: dict[str, Any] = {
    "approve": guests.approve,
    "promote": guests.promote,
    "refuse": guests.refuse,
    "withdraw": guests.withdraw,
}


def me() -> Who:
    who = person()
    assert who is not None
    return who


def crumbs(roadshow: Roadshow, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
    """Where a page of the guest list stands."""
    here = url_for("guest_office.guests", roadshow=roadshow.slug)
    return [
        (roadshow.name.pick(current_language()).text, ""),
        (_("Guests"), here if more else ""),
        *more,
    ]


def to_list(roadshow: Roadshow) -> Response:
    return make_response(redirect(url_for("guest_office.guests", roadshow=roadshow.slug), 303))


def page_url(page: int) -> str:
    """The address at hand with another page number and everything else as it is."""
    kept = [(name, value) for name, value in request.args.items() if name != "page"]
    return f"{request.path}?{urlencode([*kept, ('page', page)])}"


@bp.get("", endpoint="guests")
@access(policy.organizer_or_auditor)
def guests_page(roadshow: Roadshow) -> str:
    wanted = GuestFilter.of(request.args)
    return render_template(
        "guest_office/guests.html",
        roadshow=roadshow,
        crumbs=crumbs(roadshow),
        wanted=wanted,
        page=queries.guest_page(roadshow, wanted),
        page_url=page_url,
        labels=labels,
        may_change=policy.organizer(me(), roadshow=roadshow),
        GuestState=GuestState,
        once_key=secrets.token_urlsafe(24),
    )


@bp.route("/new", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def new(roadshow: Roadshow) -> Response:
    form = NewGuestForm(language=current_language())

    def act() -> Response:
        guests.add_guest(
            roadshow=roadshow,
            email=form.email.address,
            values=form.values(),
            state=GuestState(form.state.data),
            is_told=bool(form.is_told.data),
            who=me(),
        )
        flash(_("%(name)s is on the list.", name=form.name.data), "good")
        return to_list(roadshow)

    where = crumbs(roadshow, (_("Add a guest"), ""))
    return form_page(form, act, "guest_office/new.html", roadshow=roadshow, crumbs=where)


@bp.route("/<guest>", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def one(roadshow: Roadshow, guest: Guest) -> Response:
    who = guest.participant
    form = GuestForm(
        data={name: getattr(who, name) for name in ("name", "name_latin", "organization", "position")}
        | {name: getattr(who, name) for name in ("email", "language")}
        | {name: getattr(guest, name) for name in ("needs_interpreting", "needs", "rank", "seat")}
        | {"phone": shown_phone(who.phone), "kind": guest.kind.value, "version": guest.version}
    )

    def act() -> Response:
        guests.change_guest(
            guest=guest,
            seen=seen_version(form),
            values=form.values(),
            email=form.email.address,
            who=me(),
        )
        flash(_("Saved."), "good")
        return to_list(roadshow)

    return form_page(
        form,
        act,
        "guest_office/one.html",
        roadshow=roadshow,
        guest=guest,
        crumbs=crumbs(roadshow, (who.name, "")),
        labels=labels,
        attendance=door_queries.attendance_of(guest),
        here=url_for("guest_office.one", roadshow=roadshow.slug, guest=who.key),
        approvable=guests.APPROVABLE,
        refusable=guests.REFUSABLE,
    )


def _to_guest(roadshow: Roadshow, guest: Guest, text: str) -> Response:
    flash(text, "good")
    there = url_for("guest_office.one", roadshow=roadshow.slug, guest=guest.participant.key)
    return make_response(redirect(there, 303))


@bp.post("/<guest>/<any(approve, promote, refuse, withdraw):decision>")
@access(policy.organizer, once=True)
def decide(roadshow: Roadshow, guest: Guest, decision: str) -> Response:
    _DECISIONS[decision](guest=guest, who=me())
    state = str(labels.STATES[guest.state])
    return _to_guest(roadshow, guest, _("%(name)s: %(state)s", name=guest.participant.name, state=state))


@bp.post("/<guest>/invite")
@access(policy.organizer, once=True)
def invite(roadshow: Roadshow, guest: Guest) -> Response:
    guests.invite(guest=guest)
    return _to_guest(roadshow, guest, _("The invitation is on its way."))


@bp.post("/<guest>/ticket")
@access(policy.organizer, once=True)
def renew_ticket(roadshow: Roadshow, guest: Guest) -> Response:
    guests.renew_ticket(guest=guest, who=me())
    return _to_guest(roadshow, guest, _("A new ticket was made; the former one is no longer good."))


@bp.post("/decide")
@access(policy.organizer, once=True)
def decide_picked(roadshow: Roadshow) -> Response:
    """Approve or invite the picked guests; who is in another state is left alone."""
    picked = queries.picked(roadshow, request.form.getlist("pick")[: queries.PAGE_SIZE])
    if not picked:
        raise BadInput(fields={"pick": _("Please pick at least one guest.")})
    if request.form.get("do") == "invite":
        invited = [guest for guest in picked if guest.state is GuestState.INVITED and guest.participant.email]
        for guest in invited:
            guests.invite(guest=guest)
        flash(ngettext("%(num)d invitation sent.", "%(num)d invitations sent.", len(invited)), "good")
    else:
        confirmed, waiting = guests.approve_all(guests=picked, who=me())
        flash(
            _(
                "Confirmed: %(confirmed)d. On the waiting list: %(waiting)d.",
                confirmed=confirmed,
                waiting=waiting,
            ),
            "good",
        )
    return to_list(roadshow)


@bp.route("/seats", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def seat_page(roadshow: Roadshow) -> Response:
    form = SeatsForm(data={"rows": 10, "per_row": 12})

    def act() -> Response:
        seated, left = seats.assign_seats(
            roadshow=roadshow,
            rows=form.rows.data or 0,
            per_row=form.per_row.data or 0,
            anew=bool(form.anew.data),
            who=me(),
        )
        flash(_("Newly seated: %(seated)d. Without a seat: %(left)d.", seated=seated, left=left), "good")
        return make_response(redirect(url_for("guest_office.seat_page", roadshow=roadshow.slug), 303))

    seated = [guest for guest in queries.all_guests(roadshow, _confirmed()) if guest.seat]
    return form_page(
        form,
        act,
        "guest_office/seats.html",
        roadshow=roadshow,
        crumbs=crumbs(roadshow, (_("Seats"), "")),
        seated=sorted(seated, key=lambda guest: _seat_order(guest.seat)),
        labels=labels,
    )


def _confirmed() -> GuestFilter:
    return GuestFilter(state=GuestState.CONFIRMED)


def _seat_order(seat: str) -> tuple[int, str, int, str]:
    row, _dash, number = seat.partition("-")
    return len(row), row, int(number) if number.isascii() and number.isdigit() else 0, seat
