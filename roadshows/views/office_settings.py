"""Settings of a roadshow: texts, registration, reminders, partners, holidays, its state, its staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts import invitations
from accounts.models import Role
from accounts.qr import qr_svg
from competition import labels as competition_labels
from competition.forms.organizer import ZONES, show_moments
from core.access import access
from core.errors import BadInput, NotFound
from core.languages import current_language
from roadshows import policy
from roadshows.forms import office as forms
from roadshows.models import HolidayNote, Partner, Roadshow
from roadshows.operations import settings as operations
from roadshows.operations import staff as staff_operations
from roadshows.queries import office as queries
from roadshows.views.office_shared import Answer, attempt, bp, home_zone, me, page, saved, seen

SECTIONS: dict[str, tuple[str, Any]] = {
    "": ("settings", _l("Texts")),
    "registration": ("settings_registration", _l("Registration")),
    "reminders": ("settings_reminders", _l("Reminders")),
    "partners": ("partners", _l("Partners")),
    "holidays": ("holidays", _l("Public holidays")),
    "staff": ("staff", _l("Who runs it")),
    "state": ("settings_state", _l("Publish, close, cancel")),
}


def _page(template: str, roadshow: Roadshow, section: str, status: int = 200, **values: Any) -> Answer:
    tabs = [
        (label, url_for(f"roadshow_office.{endpoint}", roadshow=roadshow.slug), name == section)
        for name, (endpoint, label) in SECTIONS.items()
    ]
    base = tabs[0][1]
    deeper = [(SECTIONS[section][1], "")] if section else []
    return page(
        template,
        roadshow,
        (_("Settings"), base if section else ""),
        *deeper,
        status=status,
        sections=tabs,
        heading=SECTIONS[section][1],
        here=next(url for _label, url, current in tabs if current),
        **values,
    )


@bp.route("/<roadshow>/settings", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def settings(roadshow: Roadshow) -> Answer:
    form = forms.TextsForm(data={name: getattr(roadshow, name) for name in operations.TEXTS})
    status = 200
    if form.validate_on_submit():
        values = {
            "name": form.name.value,
            "theme": form.theme.value,
            "about": form.about.value,
            "contact_email": form.contact_email.data or "",
        }
        problem = attempt(form, lambda: operations.change_texts(roadshow=roadshow, seen=seen(form), **values))
        if problem is None:
            return saved("settings", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return _page("settings_texts.html", roadshow, "", status, form=form)


@bp.route("/<roadshow>/settings/registration", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def settings_registration(roadshow: Roadshow) -> Answer:
    plain = ("places", "needs_approval", "seats_by_rank")
    moments = ("registration_opens_at", "registration_closes_at", "wishes_close_at")
    form = forms.RegistrationForm(data={name: getattr(roadshow, name) for name in plain})
    status = 200
    if request.method == "GET":
        show_moments(form, _own_zone(roadshow), **{name: getattr(roadshow, name) for name in moments})
    elif form.validate_on_submit():
        values = {name: form[name].data for name in plain} | {name: form[name].moment for name in moments}
        problem = attempt(
            form, lambda: operations.change_registration(roadshow=roadshow, seen=seen(form), **values)
        )
        if problem is None:
            return saved("settings_registration", roadshow)
        status = problem.status
    else:
        status = 422
    return _page("settings_registration.html", roadshow, "registration", status, form=form)


def _own_zone(roadshow: Roadshow) -> str:
    return roadshow.zone if roadshow.zone in ZONES else home_zone()


@bp.route("/<roadshow>/settings/reminders", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def settings_reminders(roadshow: Roadshow) -> Answer:
    form = forms.RemindersForm(
        data={
            "reminders": forms.RemindersForm.shown(roadshow.reminder_minutes),
            "quiet_from": roadshow.quiet_from,
            "quiet_until": roadshow.quiet_until,
        }
    )
    status = 200
    if form.validate_on_submit():

        def act() -> None:
            try:
                operations.change_reminders(
                    roadshow=roadshow,
                    seen=seen(form),
                    reminder_minutes=form.minutes,
                    quiet_from=form.quiet_from.data or 0,
                    quiet_until=form.quiet_until.data or 0,
                )
            except BadInput as problem:
                text = next(iter(problem.fields.values()), problem.detail)
                raise BadInput(fields={"reminders": text}, code=problem.code) from problem

        if (problem := attempt(form, act)) is None:
            return saved("settings_reminders", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return _page("settings_reminders.html", roadshow, "reminders", status, form=form)


# --- partners ---


@bp.route("/<roadshow>/settings/partners", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def partners(roadshow: Roadshow) -> Answer:
    form, status = forms.PartnerForm(), 200
    if form.validate_on_submit():
        problem = attempt(
            form, lambda: operations.add_partner(roadshow=roadshow, seen=seen(form), **form.values())
        )
        if problem is None:
            return saved("partners", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return _page("partners.html", roadshow, "partners", status, form=form, parts=list(roadshow.partners))


def _partner(roadshow: Roadshow, number: int) -> Partner:
    found = next((row for row in roadshow.partners if row.id == number), None)
    if found is None:
        raise NotFound
    return found


@bp.route("/<roadshow>/settings/partners/<int:part>", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def partner(roadshow: Roadshow, part: int) -> Answer:
    row = _partner(roadshow, part)
    form = forms.PartnerForm(data={"kind": row.kind.value, "name": row.name, "url": row.url})
    status = 200
    if form.validate_on_submit():
        problem = attempt(
            form, lambda: operations.change_partner(partner=row, seen=seen(form), **form.values())
        )
        if problem is None:
            return saved("partners", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return _page("partner.html", roadshow, "partners", status, form=form, part=row)


@bp.post("/<roadshow>/settings/partners/<int:part>/remove")
@access(policy.organizer, once=True)
def remove_partner(roadshow: Roadshow, part: int) -> Answer:
    operations.remove_partner(partner=_partner(roadshow, part), seen=seen(forms.SeenForm()))
    return saved("partners", roadshow, _("Removed."))


# --- holidays ---


@bp.route("/<roadshow>/settings/holidays", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def holidays(roadshow: Roadshow) -> Answer:
    """The calendar of both countries around the days, and what organizers know better."""
    form, status = forms.HolidayForm(), 200
    if form.validate_on_submit():
        problem = attempt(form, lambda: operations.note_holiday(**form.values()))
        if problem is None:
            return saved("holidays", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return _page(
        "holidays.html",
        roadshow,
        "holidays",
        status,
        form=form,
        parts=queries.noted_holidays(),
        special=queries.holidays_around(day.date for day in roadshow.days),
    )


@bp.post("/<roadshow>/settings/holidays/<int:part>/remove")
@access(policy.organizer, once=True)
def remove_holiday(roadshow: Roadshow, part: int) -> Answer:
    forms.SeenForm().check()
    found: HolidayNote | None = next((row for row in queries.noted_holidays() if row.id == part), None)
    if found is None:
        raise NotFound
    operations.forget_holiday(note=found)
    return saved("holidays", roadshow, _("Removed."))


# --- state ---


@bp.route("/<roadshow>/settings/state", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def settings_state(roadshow: Roadshow) -> Answer:
    """Publish, close, reopen or cancel; `do` says which."""
    do = request.form.get("do", "")
    form = forms.StateForm(formdata=request.form if do == "cancel" else None)
    status = 200
    if request.method == "POST":
        sent = forms.SeenForm()
        acts: dict[str, Callable[[], Any]] = {
            "publish": lambda: operations.publish_roadshow(roadshow=roadshow, seen=seen(sent)),
            "close": lambda: operations.close_roadshow(roadshow=roadshow, seen=seen(sent)),
            "reopen": lambda: operations.reopen_roadshow(roadshow=roadshow, seen=seen(sent)),
            "cancel": lambda: operations.cancel_roadshow(
                roadshow=roadshow, seen=seen(sent), reason=form.reason.value
            ),
        }
        if do not in acts:
            raise BadInput(_("Please choose one."))
        if do == "cancel" and not form.validate():
            status = 422
        elif (problem := attempt(form, acts[do])) is None:
            return saved("settings_state", roadshow)
        else:
            status = problem.status
    return _page(
        "settings_state.html",
        roadshow,
        "state",
        status,
        form=form,
        missing=operations.missing_for_publication(roadshow),
        guests=queries.counts(roadshow).guests,
    )


# --- staff ---


@bp.get("/<roadshow>/settings/staff")
@access(policy.organizer)
def staff(roadshow: Roadshow) -> Answer:
    form = forms.InviteForm(formdata=None, data={"language": current_language()})
    return _staff_page(roadshow, form)


def _staff_page(roadshow: Roadshow, form: forms.InviteForm, status: int = 200) -> Answer:
    link = session.pop(_link_name(roadshow), None)
    return _page(
        "staff.html",
        roadshow,
        "staff",
        status,
        form=form,
        grants=staff_operations.grants_of(roadshow),
        invitations=staff_operations.open_invitations(roadshow),
        link=link,
        qr=qr_svg(link) if link else "",
        roles=competition_labels.ROLES,
        Role=Role,
    )


def _link_name(roadshow: Roadshow) -> str:
    return f"roadshow-invitation-{roadshow.id}"


@bp.post("/<roadshow>/settings/staff/invite")
@access(policy.organizer, once=True)
def invite(roadshow: Roadshow) -> Answer:
    form = forms.InviteForm()
    if not form.validate_on_submit():
        return _staff_page(roadshow, form, 422)
    made: list[str] = []

    def act() -> None:
        _invitation, token = staff_operations.invite_staff(
            roadshow=roadshow,
            role=Role(form.role.data),
            email=form.email.data or "",
            name=form.name.data or "",
            language=form.language.data,
            who=me(),
        )
        made.append(invitations.invitation_url(token, form.language.data))

    if (problem := attempt(form, act)) is not None:
        return _staff_page(roadshow, form, problem.status)
    # The link is stored nowhere: the next page, and it alone, shows it.
    session[_link_name(roadshow)] = made[0]
    return saved("staff", roadshow, _("The invitation is ready."))


@bp.post("/<roadshow>/settings/staff/invitations/<int:invitation>/revoke")
@access(policy.organizer, once=True)
def revoke_invitation(roadshow: Roadshow, invitation: int) -> Answer:
    staff_operations.take_back(roadshow=roadshow, invitation_id=invitation)
    return saved("staff", roadshow, _("The link is worthless now."))


@bp.post("/<roadshow>/settings/staff/<int:grant>/revoke")
@access(policy.organizer, once=True)
def revoke_grant(roadshow: Roadshow, grant: int) -> Answer:
    form = forms.InviteForm(formdata=None)
    problem = attempt(form, lambda: staff_operations.let_go(roadshow=roadshow, grant_id=grant))
    if problem is not None:
        return _staff_page(roadshow, form, problem.status)
    return saved("staff", roadshow, _("The role was taken back."))
