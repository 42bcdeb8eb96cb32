"""What everybody may see of roadshows: which there are, agenda, what is on now, speakers, places, files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request, url_for

from config import Settings
from core import clock, files, pages
from core.access import PUBLIC, access
from core.languages import LANGUAGES, current_language
from roadshows import menus, program_words
from roadshows.models import PartnerKind, Roadshow
from roadshows.operations.guests import registration_ends_at, registration_phase
from roadshows.published import Agenda, Choice, Item, now_and_next
from roadshows.published_json import as_json
from roadshows.queries import published as queries

bp = Blueprint("roadshows", __name__, url_prefix="/<lang:lang>/roadshows")
api_bp = Blueprint("roadshow_api", __name__, url_prefix="/api/v1/roadshows")


def _page(template: str, roadshow: Roadshow, **values: Any) -> str:
    return render_template(
        f"roadshows/{template}.html",
        roadshow=roadshow,
        tabs=menus.tabs(roadshow),
        words=program_words,
        **values,
    )


@bp.get("")
@access(PUBLIC, cache=())
def index() -> str:
    """All roadshows, those to come first, the soonest on top."""
    today = clock.now()
    shown = queries.shown_roadshows()
    coming = [one for one in shown if not queries.is_over(one, today)]
    for one in coming:
        pages.changes_at(queries.ends_at(one))
    return render_template(
        "roadshows/index.html", coming=coming[::-1], past=[one for one in shown if one not in coming]
    )


@bp.get("/<roadshow>")
@access(PUBLIC, cache=())
def roadshow(roadshow: Roadshow) -> str:
    """What it is, when and where, who stands behind it, and the way in."""
    partners = {kind: [one for one in roadshow.partners if one.kind is kind] for kind in PartnerKind}
    agenda = queries.agenda_of(roadshow)
    return _page(
        "home",
        roadshow,
        agenda=agenda,
        first=next((item for item in agenda.items if not item.canceled), None),
        partners={program_words.PARTNER_KINDS[kind.value]: rows for kind, rows in partners.items() if rows},
        **_registration(roadshow),
    )


def _registration(roadshow: Roadshow) -> dict[str, Any]:
    """phase as the registration itself has it; the page changes by itself at both ends."""
    pages.changes_at(roadshow.registration_opens_at)
    pages.changes_at(registration_ends_at(roadshow))
    return {
        "phase": registration_phase(roadshow),
        "register_url": url_for("guest_public.register", roadshow=roadshow.slug),
    }


@bp.get("/<roadshow>/agenda")
@access(PUBLIC, cache=("by", "track", "kind", "language"))
def agenda(roadshow: Roadshow) -> str:
    """By day, or by room; of a field, kind or language alone if asked."""
    found = queries.agenda_of(roadshow)
    chosen = _choice(found)
    return _page(
        "agenda",
        roadshow,
        agenda=found,
        subscribe=_calendar_to_follow(roadshow),
        days=found.days(item for item in found.items if chosen.fits(item)),
        chosen=chosen,
        by_room=request.args.get("by") == "room",
        kinds=[kind for kind in program_words.SESSION_KINDS if any(i.kind == kind for i in found.items)],
        spoken=[lang for lang in LANGUAGES if any(Choice(language=lang).fits(i) for i in found.items)],
        address=_filter_address(roadshow, chosen),
    )


def _calendar_to_follow(roadshow: Roadshow) -> str:
    """The address that lets a calendar program subscribe, and follow what changes, not take a copy."""
    path = url_for("roadshow_calendars.calendar", roadshow=roadshow.slug, lang=current_language())
    settings: Settings = current_app.config["SETTINGS"]
    return f"webcal://{settings.base_url.partition('://')[2]}{path}"


def _choice(agenda: Agenda) -> Choice:
    """What the address asks for; what the program doesn't know is not asked for."""
    track, kind, language = (request.args.get(name, "")[:20] for name in ("track", "kind", "language"))
    number = int(track) if track.isascii() and track.isdigit() else 0
    return Choice(
        number if number in agenda.tracks else None,
        kind if kind in program_words.SESSION_KINDS else "",
        language if language in LANGUAGES else "",
    )


def _filter_address(roadshow: Roadshow, chosen: Choice) -> Any:
    """address(track=3) -> this page's address with one choice changed; "" or None takes a choice back."""
    now = {"track": chosen.track, "kind": chosen.kind, "language": chosen.language}
    by = request.args.get("by") if request.args.get("by") == "room" else None

    def address(**changed: Any) -> str:
        wanted = {"by": by, **now, **changed}
        return url_for(
            "roadshows.agenda",
            roadshow=roadshow.slug,
            **{name: value for name, value in wanted.items() if value},
        )

    return address


@bp.get("/<roadshow>/now")
@access(PUBLIC, cache=())
def now(roadshow: Roadshow) -> str:
    """What is on, and what comes next; rendered anew whenever that changes."""
    moment = clock.now()
    found = now_and_next(queries.agenda_of(roadshow).items, moment)
    pages.changes_at(found.changes_at)
    return _page("now", roadshow, found=found, moment=moment)


@bp.get("/<roadshow>/sessions/<session_key>")
@access(PUBLIC, cache=())
def session(roadshow: Roadshow, session_key: str) -> str:
    item = _item(queries.agenda_of(roadshow), session_key)
    materials = queries.public_materials(roadshow)
    keys = queries.session_keys(roadshow, (row.session_id for row in materials if row.session_id))
    return _page(
        "session",
        roadshow,
        item=item,
        materials=[row for row in materials if keys.get(row.session_id or 0) == item.key],
    )


def _item(agenda: Agenda, key: str) -> Item:
    item = agenda.find(key)
    if item is None:
        abort(404)
    return item


@bp.get("/<roadshow>/speakers")
@access(PUBLIC, cache=())
def speakers(roadshow: Roadshow) -> str:
    """Those who are shown and speak in a session that takes place, with their sessions."""
    found = queries.agenda_of(roadshow)
    shown = [
        (person, items)
        for person in found.people.values()
        if (items := [item for item in found.of(person.key) if not item.canceled])
    ]
    return _page("speakers", roadshow, shown=sorted(shown, key=lambda pair: pair[0].name_latin.casefold()))


@bp.get("/<roadshow>/speakers/<speaker_key>/photo")
@access(PUBLIC)
def photo(roadshow: Roadshow, speaker_key: str) -> Response:
    """The picture that the published program shows of a speaker."""
    person = queries.agenda_of(roadshow).people.get(speaker_key)
    file = queries.file_with(person.photo) if person and person.photo else None
    if file is None or not file.media_type.startswith("image/"):
        abort(404)
    return _kept_a_while(files.respond(file, inline=True))


@bp.get("/<roadshow>/venues")
@access(PUBLIC, cache=())
def venues(roadshow: Roadshow) -> str:
    return _page("venues", roadshow, venues=queries.venues_of(roadshow))


@bp.get("/<roadshow>/venues/<int:venue_number>/plan")
@access(PUBLIC)
def plan(roadshow: Roadshow, venue_number: int) -> Response:
    """The plan of a house, as a picture of ours: map services can't be reached from everywhere."""
    venue = next((row for row in queries.venues_of(roadshow) if row.id == venue_number), None)
    if venue is None or venue.map_file is None:
        abort(404)
    return _kept_a_while(files.respond(venue.map_file, inline=True))


@bp.get("/<roadshow>/materials")
@access(PUBLIC, cache=())
def materials(roadshow: Roadshow) -> str:
    rows = queries.public_materials(roadshow)
    agenda = queries.agenda_of(roadshow)
    keys = queries.session_keys(roadshow, (row.session_id for row in rows if row.session_id))
    return _page(
        "materials", roadshow, rows=[(row, agenda.find(keys.get(row.session_id or 0, ""))) for row in rows]
    )


@bp.get("/<roadshow>/materials/<int:material_number>")
@access(PUBLIC)
def material(roadshow: Roadshow, material_number: int) -> Response:
    """A public file of this roadshow."""
    row = next((one for one in queries.public_materials(roadshow) if one.id == material_number), None)
    if row is None:
        abort(404)
    return files.respond(row.file)


def _kept_a_while(response: Response) -> Response:
    """A picture that a page shows may be kept for some minutes, as other public bytes."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@api_bp.get("/<roadshow>/agenda")
@access(PUBLIC, cache=())
def agenda_json(roadshow: Roadshow) -> Response:
    """The published agenda for programs."""
    return jsonify(as_json(queries.agenda_of(roadshow), roadshow))
