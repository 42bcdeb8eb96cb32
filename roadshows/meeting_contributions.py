"""What the meetings and what follows give to others: panels of the personal page, first page, personal data,
recipients of attendance certificates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from core import clock, registries
from core.languages import current_language
from core.registries import HomeCard
from roadshows import attendance_recipients, meetings_personal_data, personal_page
from roadshows.models import Participant, PlanKind
from roadshows.operations import feedback, meeting_plans
from roadshows.operations.wishes import wishes_open
from roadshows.personal_page import Panel
from roadshows.plan_handlers import HANDLERS
from roadshows.queries import afterwards, my_meetings


def panels(participant: Participant) -> Iterable[Panel]:
    """The way to one's meetings, and to the feedback form once the event has begun."""
    party = my_meetings.party_of(participant)
    if party is not None and party.withdrawn_at is None:
        rows = my_meetings.timetable_of(party)
        yield Panel(
            30,
            "my_meetings/panel.html",
            {
                "meetings": sum(row.state.value != "canceled" for row in rows),
                "open": wishes_open(party.roadshow),
                "closes": party.roadshow.wishes_close_at,
            },
        )
    if feedback.is_open(participant.roadshow):
        given = feedback.feedback_of(participant) is not None
        yield Panel(80, "my_meetings/feedback_panel.html", {"given": given})


def cards(who: Any) -> Iterable[HomeCard]:
    """Meetings of public roadshows that one takes part in, and tasks that follow from one."""
    lang = current_language()
    for one in my_meetings.parties_of_person(who.id):
        event = one.roadshow.name.pick(lang).text
        is_open = wishes_open(one.roadshow)
        if one.meetings:
            text: Any = ngettext("You have one meeting.", "You have %(num)d meetings.", one.meetings)
        elif is_open:
            text = _("Say whom you want to meet.")
        else:
            continue
        yield HomeCard(
            _("One-to-one meetings: %(event)s", event=event),
            text,
            f"/{lang}/roadshows/{one.roadshow.slug}/my/me/meetings",
            "open" if is_open else "confirmed",
            one.roadshow.wishes_close_at if is_open else None,
        )
    for task, roadshow in afterwards.open_tasks_of(who.id):
        overdue = task.due_on is not None and task.due_on < clock.now().date()
        yield HomeCard(
            task.title,
            _("Overdue: %(event)s", event=roadshow.name.pick(lang).text)
            if overdue
            else roadshow.name.pick(lang).text,
            f"/{lang}/o/roadshows/{roadshow.slug}/afterwards/tasks/{task.id}",
            "waiting" if overdue else "open",
            datetime.combine(task.due_on, time(12), UTC) if task.due_on else None,
        )


def register() -> None:
    """Fill the registries, once however many applications are made."""
    if cards in registries.home_cards:
        return
    HANDLERS.compute[PlanKind.MEETINGS] = meeting_plans.compute
    personal_page.sources.append(panels)
    registries.home_cards.append(cards)
    registries.certificate_recipients["attendance"] = attendance_recipients.recipients
    meetings_personal_data.register()
