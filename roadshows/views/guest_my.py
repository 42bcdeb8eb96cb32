"""What guests do on their own page: say yes, withdraw, change what they told, take consents back, take their
data with them or have them deleted."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.addresses import shown_phone
from accounts.qr import qr_svg
from core import limits
from core.access import ANYONE, access
from core.errors import NotFound
from core.form_pages import form_page
from core.forms import seen_version
from core.languages import current_language
from core.limits import limiter
from roadshows import guest_labels as labels
from roadshows import personal_data, personal_page
from roadshows.forms.guests import AcceptForm, EraseForm, WishesForm
from roadshows.guest_consent_texts import OPTIONAL, REQUIRED, guest_consent_text
from roadshows.models import Guest, GuestConsentPurpose, GuestState, Participant, Roadshow, RoadshowState
from roadshows.operations import guest_consents, guests
from roadshows.tickets import make_code
from roadshows.views.my import private

bp = Blueprint("guest_my", __name__, url_prefix="/<lang:lang>/roadshows/<roadshow>/my/<participant>/guest")

_PURPOSE = "<any(processing, transfer_abroad, card, photos):purpose>"


def panels(participant: Participant) -> Iterable[personal_page.Panel]:
    """State, ticket and the guest's own choices."""
    guest = guests.guest_of(participant)
    if guest is None:
        return
    roadshow, lang = participant.roadshow, current_language()
    holds_ticket = guest.state is GuestState.CONFIRMED and roadshow.state is RoadshowState.PUBLIC
    code = (
        make_code(roadshow_id=roadshow.id, key=participant.key, number=guest.ticket) if holds_ticket else ""
    )
    standing = guest_consents.standing_consents(guest)
    yield personal_page.Panel(
        10,
        "roadshows/my_guest.html",
        {
            "guest": guest,
            "states": labels.STATES,
            "looks": labels.LOOKS,
            "kinds": labels.KINDS,
            "qr": qr_svg(code) if code else "",
            "here": _here(),
            "may_accept": guest.state is GuestState.INVITED and roadshow.state is RoadshowState.PUBLIC,
            "may_return": guest.state is GuestState.WITHDRAWN
            and guests.registration_phase(roadshow) == "open",
            "may_withdraw": guest.state in guests.WITHDRAWABLE and guest.state is not GuestState.INVITED,
            "may_decline": guest.state is GuestState.INVITED,
            "form": AcceptForm(formdata=None),
            "phone": shown_phone(participant.phone),
            "texts": {purpose: guest_consent_text(purpose, lang) for purpose in GuestConsentPurpose},
            "asked": [purpose for purpose in (*REQUIRED, *OPTIONAL) if purpose not in standing],
            "standing": standing,
            "optional": OPTIONAL,
        },
    )


def _token() -> str:
    return str((request.view_args or {})["participant"])


def _here() -> str:
    """The address of the own page."""
    return url_for("roadshow_my.home", roadshow=(request.view_args or {})["roadshow"], participant=_token())


def _back(text: str) -> Response:
    flash(text, "good")
    return make_response(redirect(_here(), 303))


def _guest(participant: Participant) -> Guest:
    guest = guests.guest_of(participant)
    if guest is None:
        raise NotFound
    return guest


@bp.route("/accept", methods=["GET", "POST"])
@access(ANYONE)
def accept(roadshow: Roadshow, participant: Participant) -> Response:
    guest, lang = _guest(participant), current_language()
    form = AcceptForm()

    def act() -> Response:
        guests.accept(guest=guest, consents=form.agreed(), language=lang)
        return _back(_("Thank you. We have noted that you will come."))

    standing = guest_consents.standing_consents(guest)
    response = form_page(
        form,
        act,
        "roadshows/my_accept.html",
        roadshow=roadshow,
        participant=participant,
        here=_here(),
        texts={purpose: guest_consent_text(purpose, lang) for purpose in GuestConsentPurpose},
        asked=[purpose for purpose in (*REQUIRED, *OPTIONAL) if purpose not in standing],
    )
    return _private(response)


@bp.route("/withdraw", methods=["GET", "POST"])
@access(ANYONE)
def withdraw(roadshow: Roadshow, participant: Participant) -> Response:
    guest = _guest(participant)
    if request.method == "POST":
        guests.withdraw(guest=guest)
        return _back(_("We have noted that you won't come."))
    page = render_template(
        "roadshows/my_withdraw.html", roadshow=roadshow, participant=participant, here=_here()
    )
    return private(page)


@bp.route("/wishes", methods=["GET", "POST"])
@access(ANYONE)
def wishes(roadshow: Roadshow, participant: Participant) -> Response:
    guest = _guest(participant)
    form = WishesForm(
        data={
            "phone": shown_phone(participant.phone),
            "language": participant.language,
            "needs_interpreting": guest.needs_interpreting,
            "needs": guest.needs,
            "version": guest.version,
        }
    )

    def act() -> Response:
        guests.change_wishes(
            guest=guest,
            seen=seen_version(form),
            language=form.language.data,
            phone=form.phone.number,
            needs_interpreting=bool(form.needs_interpreting.data),
            needs=form.needs.data or "",
        )
        return _back(_("Saved."))

    return _private(
        form_page(
            form, act, "roadshows/my_wishes.html", roadshow=roadshow, participant=participant, here=_here()
        )
    )


@bp.post(f"/consents/{_PURPOSE}")
@access(ANYONE)
def give_consent(roadshow: Roadshow, participant: Participant, purpose: str) -> Response:
    guest_consents.give_consents(
        guest=_guest(participant), purposes=[GuestConsentPurpose(purpose)], language=current_language()
    )
    return _back(_("Your agreement is recorded."))


@bp.post(f"/consents/{_PURPOSE}/withdraw")
@access(ANYONE)
def withdraw_consent(roadshow: Roadshow, participant: Participant, purpose: str) -> Response:
    guest_consents.withdraw_consent(guest=_guest(participant), purpose=GuestConsentPurpose(purpose))
    return _back(_("Your agreement is taken back."))


@bp.get("/data.json")
@limiter.limit(limits.COSTLY)
@access(ANYONE)
def data(roadshow: Roadshow, participant: Participant) -> Response:
    """Everything kept about the participant at this event."""
    found = personal_data.export_participant(participant)
    response = private(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    response.content_type = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="{roadshow.slug}-my-data.json"'
    return response


@bp.route("/erase", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def erase(roadshow: Roadshow, participant: Participant) -> Response:
    form = EraseForm()

    def act() -> Response:
        personal_data.erase_participant(participant)
        return make_response(redirect(url_for("guest_public.erased", roadshow=roadshow.slug), 303))

    return _private(
        form_page(
            form, act, "roadshows/my_erase.html", roadshow=roadshow, participant=participant, here=_here()
        )
    )


def _private(response: Response) -> Response:
    return (
        private(response.get_data(as_text=True), response.status_code) if not response.location else response
    )


def register_panels() -> None:
    """Put the guest's panel on the own page, once however many applications are made."""
    if panels not in personal_page.sources:
        personal_page.sources.append(panels)
