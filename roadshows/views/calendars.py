"""Calendars to subscribe to, at addresses without a language: of the event, of a session, of one person."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import force_locale

from core.access import ANYONE, PUBLIC, access
from core.languages import LANGUAGES, html_lang, locale_of
from core.limits import limiter
from roadshows import calendar_files
from roadshows.calendar_texts import feed_events, meeting_event, session_event
from roadshows.models import CalendarFeed, Participant, Roadshow
from roadshows.operations import feeds
from roadshows.operations.telling import language_of
from roadshows.queries import published as queries
from roadshows.queries.own_program import told_meetings
from roadshows.views.my import private

bp = Blueprint("roadshow_calendars", __name__, url_prefix="/roadshows")
my_bp = Blueprint(
    "roadshow_my_calendar", __name__, url_prefix="/<lang:lang>/roadshows/<roadshow>/my/<participant>/calendar"
)
POLLS = "60 per minute"
"""Calendars ask a few times an hour; a guess at secret addresses would ask more often."""


@bp.get("/<roadshow>/calendar.ics")
@access(PUBLIC, cache=("lang",))
def calendar(roadshow: Roadshow) -> Response:
    """The whole agenda, in the language of `?lang=`."""
    lang = _language()
    with force_locale(locale_of(lang)):
        events = feed_events(queries.agenda_of(roadshow), roadshow, lang)
    return _file(events, roadshow.name.pick(lang).text, lang)


@bp.get("/<roadshow>/sessions/<session_key>.ics")
@access(PUBLIC, cache=("lang",))
def session(roadshow: Roadshow, session_key: str) -> Response:
    """One session."""
    agenda, lang = queries.agenda_of(roadshow), _language()
    item = agenda.find(session_key)
    if item is None or agenda.published_at is None:
        abort(404)
    with force_locale(locale_of(lang)):
        event = session_event(item, roadshow, lang, changed_at=agenda.published_at)
    return _file([event], item.title.pick(lang).text, lang)


@bp.get("/feeds/<feed>.ics")
@limiter.limit(POLLS)
@access(PUBLIC)
def own(feed: CalendarFeed) -> Response:
    """What the owner of the secret address speaks in, interprets and whom that person meets."""
    who, roadshow = feed.participant, feed.participant.roadshow
    agenda, lang = queries.agenda_of(roadshow), language_of(who)
    with force_locale(locale_of(lang)):
        events = [
            session_event(item, roadshow, lang, changed_at=agenda.published_at)
            for item in agenda.of(who.key)
            if agenda.published_at
        ]
        events += [meeting_event(one, roadshow, lang) for one in told_meetings(roadshow, who)]
    response = make_response(_file(events, f"{roadshow.name.pick(lang).text} · {who.name}", lang))
    response.add_etag()
    response.make_conditional(request)
    return _kept_secret(response)


@my_bp.post("")
@limiter.limit("20 per minute")
@access(ANYONE)
def make(roadshow: Roadshow, participant: Participant) -> Response:
    """Make the secret address, or a new one: it is shown this once."""
    path = url_for("roadshow_calendars.own", feed=feeds.make_feed(participant=participant))
    address = f"{current_app.config['SETTINGS'].base_url}{path}"
    return private(
        render_template(
            "roadshows/my_calendar.html",
            roadshow=roadshow,
            participant=participant,
            address=address,
            subscribe=f"webcal://{address.partition('://')[2]}",
            back=_home(roadshow),
        )
    )


@my_bp.post("/revoke")
@access(ANYONE)
def revoke(roadshow: Roadshow, participant: Participant) -> Response:
    feeds.revoke_feed(participant=participant)
    return _kept_secret(make_response(redirect(_home(roadshow), 303)))


def _home(roadshow: Roadshow) -> str:
    """The personal page under the secret that the address at hand holds."""
    assert request.view_args is not None
    return url_for("roadshow_my.home", **{**request.view_args, "roadshow": roadshow.slug})


def _kept_secret(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _language() -> str:
    """What the address asks for; calendars send no wish of their own that could be trusted."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else "en"


def _file(events: list[Any], name: str, lang: str) -> Response:
    return Response(
        calendar_files.feed(events, name=name, language=html_lang(lang)),
        content_type="text/calendar; charset=utf-8",
    )
