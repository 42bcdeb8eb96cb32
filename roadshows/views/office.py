"""The roadshows that one runs, a new one, and the first page of each."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms.fields.choices import SelectChoice

from accounts.models import Role
from competition.models import Edition
from core import clock
from core.access import SIGNED_IN, access
from core.errors import BadInput, Conflict
from core.languages import current_language
from roadshows import labels, policy
from roadshows.forms.office import CLONE, NewForm
from roadshows.local_times import Place, places_for, readings
from roadshows.models import HostCity, Roadshow, RoadshowSeries, RoadshowState
from roadshows.operations import cloning, creation, settings
from roadshows.presets import PRESETS, preset
from roadshows.queries import office as queries
from roadshows.views.office_shared import Answer, attempt, bp, me, page


@bp.get("")
@access(SIGNED_IN)
def roadshows() -> str:
    who = me()
    return render_template(
        "roadshow_office/roadshows.html",
        mine=queries.my_roadshows(who),
        may_create=policy.may_create(who),
        labels=labels,
    )


@bp.route("/new", methods=["GET", "POST"])
@access(policy.may_create, once=True)
def new() -> Answer:
    who = me()
    sources = [row for row in queries.my_roadshows(who, roles=(Role.ORGANIZER,)) if row.days]
    editions, series = queries.my_editions(who), queries.all_series()
    form = NewForm()
    _offer(form, sources, editions, series)
    status = 200
    if form.validate_on_submit():
        problem = attempt(form, lambda: _make(form, sources, editions, series))
        if problem is None:
            flash(
                _("The roadshow was made. Nobody but its organizers sees it until it is published."), "good"
            )
            return redirect(url_for("roadshow_office.overview", roadshow=form.slug.data), 303)
        status = problem.status
    elif form.errors:
        status = 422
    return render_template("roadshow_office/new.html", form=form, notes=_notes()), status


def _offer(
    form: NewForm, sources: list[Roadshow], editions: list[Edition], series: list[RoadshowSeries]
) -> None:
    lang = current_language()
    form.start.choices = [SelectChoice(one.key, one.name.pick(lang).text) for one in PRESETS]  # type: ignore[assignment]
    if sources:
        form.start.choices += [SelectChoice(CLONE, _("One that was held"))]  # type: ignore[operator]
    form.source.choices = [  # type: ignore[assignment]
        SelectChoice(row.slug, row.name.pick(lang).text) for row in sources
    ] or [SelectChoice("", "–")]
    form.series.choices = [  # type: ignore[assignment]
        *[SelectChoice(str(row.id), row.name.pick(lang).text) for row in series],
        SelectChoice("", _("A new series")),
    ]
    found = [SelectChoice(str(row.id), row.name.pick(lang).text) for row in editions]
    if me().is_site_admin or not found:
        found.append(SelectChoice("", _("None")))
    form.edition.choices = found  # type: ignore[assignment]


def _notes() -> dict[str, Any]:
    """One line on each way to begin."""
    return {
        "seoul-one-day": _("Opening, pitches, signing and meetings from morning to evening."),
        "yantai-half-day": _("An afternoon with opening, pitches, meetings and signing."),
        "two-cities": _("Two days in Seoul, two in Yantai, three days later."),
        CLONE: _("The same days, slots, rooms and sessions on other dates, without guests and meetings."),
    }


def _make(
    form: NewForm, sources: list[Roadshow], editions: list[Edition], series: list[RoadshowSeries]
) -> None:
    who, first_day = me(), form.first_day.data
    assert first_day is not None
    edition = next((row for row in editions if str(row.id) == form.edition.data), None)
    source = next((row for row in sources if row.slug == form.source.data), None)
    cloned = form.start.data == CLONE
    if edition is None and not who.is_site_admin:
        # Who runs a roadshow but no edition can only hold that one again.
        if not cloned or source is None:
            raise BadInput(fields={"edition": _l("Please choose an edition that you run.")})
        edition = source.edition
    chosen = next((row for row in series if str(row.id) == form.series.data), None)
    if chosen is None:
        chosen = _new_series(form)
    names: dict[str, Any] = {"slug": form.slug.data or "", "name": form.name.value, "theme": form.theme.value}
    if cloned:
        if source is None:
            raise BadInput(fields={"source": _l("Please choose one.")})
        cloning.clone_roadshow(
            source=source,
            series=chosen,
            edition=edition,
            first_day=first_day,
            with_people=form.with_people.data,
            who=who,
            **names,
        )
        return
    plan = preset(form.start.data or "")
    if plan is None:
        raise BadInput(fields={"start": _l("Please choose one.")})
    creation.create_roadshow(
        series=chosen, edition=edition, preset=plan, first_day=first_day, who=who, **names
    )


def _new_series(form: NewForm) -> RoadshowSeries:
    if not form.series_name.value:
        raise BadInput(fields={"series": _l("Please give the new series a name and an address.")})
    try:
        return creation.create_series(slug=form.series_slug.data or "", name=form.series_name.value)
    except (BadInput, Conflict) as problem:
        text = next(iter(problem.fields.values()), problem.detail)
        raise type(problem)(fields={"series_slug": text}, code=problem.code) from problem


# --- the first page ---


@bp.get("/<roadshow>")
@access(policy.organizer_or_auditor)
def overview(roadshow: Roadshow) -> Answer:
    counts = queries.counts(roadshow)
    venues = queries.venues_of(roadshow)
    days = list(roadshow.days)
    special = queries.holidays_around(day.date for day in days)
    at = clock.now()
    return page(
        "overview.html",
        roadshow,
        counts=counts,
        venues=venues,
        days=days,
        special=special,
        warnings=_warnings(roadshow, special),
        steps=_steps(roadshow, counts, venues),
        missing=settings.missing_for_publication(roadshow) if _is_draft(roadshow) else [],
        rooms=sum(len(venue.rooms) for venue in venues),
        link=lambda endpoint: _link(endpoint, roadshow),
        clocks=readings(at, None, _places(roadshow, at)) if roadshow.cities else [],
    )


def _link(endpoint: str, roadshow: Roadshow) -> str:
    """The page of another part of the office, where this installation has it."""
    known = endpoint in current_app.view_functions
    return url_for(endpoint, roadshow=roadshow.slug) if known else ""


def _is_draft(roadshow: Roadshow) -> bool:
    return roadshow.state is RoadshowState.DRAFT


def _places(roadshow: Roadshow, at: Any) -> list[Place]:
    cities = [place_of(city) for city in roadshow.cities]
    return places_for(cities[0], cities, at)


def place_of(city: HostCity) -> Place:
    return Place(city.name, city.zone)


def _warnings(roadshow: Roadshow, special: list[Any]) -> list[tuple[Any, Any]]:
    """(day, special day) for each day of the event that is a holiday, or a worked weekend, in its country."""
    by_place = {(one.country, one.date): one for one in special}
    return [
        (day, one) for day in roadshow.days if (one := by_place.get((day.city.country, day.date))) is not None
    ]


def _steps(roadshow: Roadshow, counts: queries.Counts, venues: list[Any]) -> list[tuple[Any, str]]:
    """What is still missing, and where to do it, in the order in which it is done."""

    def where(endpoint: str, **values: Any) -> str:
        return url_for(f"roadshow_office.{endpoint}", roadshow=roadshow.slug, **values)

    lang = current_language()
    found: list[tuple[Any, str]] = []
    if not roadshow.days:
        found.append((_("There is no day yet."), where("places")))
    elif counts.days_with_slots < len(roadshow.days):
        number = len(roadshow.days) - counts.days_with_slots
        found.append(
            (
                ngettext("%(num)d day has no slots yet.", "%(num)d days have no slots yet.", number),
                where("places"),
            )
        )
    unnamed = [venue for venue in venues if not venue.address]
    for venue in unnamed[:3]:
        text = _("“%(name)s” has no postal address yet.", name=venue.name.pick(lang).text)
        found.append((text, where("place_part", kind="venues", part=venue.id)))
    if not any(venue.rooms for venue in venues):
        found.append((_("There is no room yet."), where("places")))
    if not counts.speakers:
        found.append((_("There is no speaker yet."), where("people")))
    for pair, number in queries.uncovered_pairs(roadshow):
        text = ngettext(
            "%(num)d session needs an interpreter for %(pair)s, and there is none.",
            "%(num)d sessions need an interpreter for %(pair)s, and there is none.",
            number,
            pair=labels.PAIRS.get(pair, pair),
        )
        found.append((text, where("people")))
    if counts.unplaced:
        text = ngettext(
            "%(num)d session has no time and room yet.",
            "%(num)d sessions have no time and room yet.",
            counts.unplaced,
        )
        found.append((text, where("program", place="unplaced")))
    if counts.without_absences:
        text = ngettext(
            "%(num)d person has told of no absence: ask whether they are free all the time.",
            "%(num)d people have told of no absence: ask whether they are free all the time.",
            counts.without_absences,
        )
        found.append((text, where("people", only="no-absence")))
    return found
