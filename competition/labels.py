"""The words for states, roles, kinds and fields, for lists, forms, messages and tables alike."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from accounts.models import Role
from competition.models import (
    Country,
    DocumentKind,
    EditionState,
    EntryState,
    MemberRole,
    MilestoneKind,
    Stage,
)

ENTRY_STATES: dict[EntryState, Any] = {
    EntryState.DRAFT: _l("Draft"),
    EntryState.SUBMITTED: _l("Submitted"),
    EntryState.ACCEPTED: _l("Accepted"),
    EntryState.RETURNED: _l("Returned for correction"),
    EntryState.REJECTED: _l("Not accepted"),
    EntryState.WITHDRAWN: _l("Withdrawn"),
    EntryState.DISQUALIFIED: _l("Disqualified"),
}

EDITION_STATES: dict[EditionState, Any] = {
    EditionState.DRAFT: _l("Draft"),
    EditionState.PUBLIC: _l("Public"),
    EditionState.ARCHIVED: _l("Archived"),
}

COUNTRIES: dict[Country, Any] = {
    Country.CHINA: _l("China"),
    Country.KOREA: _l("Korea"),
    Country.JOINT: _l("China and Korea jointly"),
    Country.UNKNOWN: _l("Not stated"),
}

STAGES: dict[Stage, Any] = {
    Stage.IDEA: _l("Idea"),
    Stage.PROTOTYPE: _l("Prototype"),
    Stage.PILOT: _l("Pilot"),
    Stage.REVENUE: _l("Revenue"),
}

DOCUMENTS: dict[DocumentKind, Any] = {
    DocumentKind.BUSINESS_PLAN: _l("Business plan"),
    DocumentKind.PITCH_DECK: _l("Pitch deck"),
    DocumentKind.LOGO: _l("Logo"),
}

MEMBER_ROLES: dict[MemberRole, Any] = {
    MemberRole.CAPTAIN: _l("Team captain"),
    MemberRole.MEMBER: _l("Team member"),
    MemberRole.ADVISER: _l("Adviser"),
}

ROLES: dict[Role, Any] = {
    Role.ORGANIZER: _l("Organizer"),
    Role.AUDITOR: _l("Auditor"),
    Role.JUDGE: _l("Judge"),
    Role.HEAD_JUDGE: _l("Head judge"),
}

MILESTONES: dict[MilestoneKind, Any] = {
    MilestoneKind.REGISTRATION_OPENS: _l("Registration opens"),
    MilestoneKind.REGISTRATION_CLOSES: _l("Registration deadline"),
    MilestoneKind.RESULTS: _l("Results"),
    MilestoneKind.CEREMONY: _l("Award ceremony"),
    MilestoneKind.OTHER: _l("Another date"),
}

ENTRY_FIELDS: dict[str, Any] = {
    "name": _l("Team name"),
    "name_latin": _l("Team name in Latin letters"),
    "country": _l("Country"),
    "affiliation": _l("Affiliation"),
    "company_number": _l("Company number"),
    "founded_year": _l("Year of founding"),
    "investors": _l("Investors and backers"),
    "members": _l("Team members"),
    "title": _l("Project name"),
    "summary": _l("Project summary"),
    "sector": _l("Sector"),
    "stage": _l("Stage"),
    "track": _l("Track"),
    "division": _l("Division"),
    "video_url": _l("Video link"),
    "earlier_prize": _l("Earlier prize"),
    "business_plan": _l("Business plan"),
    "pitch_deck": _l("Pitch deck"),
    "logo": _l("Logo"),
}
"""What of a team and its entry can be commented on, in the order of the page."""

DECISIONS: dict[EntryState, Any] = {
    EntryState.ACCEPTED: _l("Accept"),
    EntryState.RETURNED: _l("Ask for more"),
    EntryState.REJECTED: _l("Don't accept"),
}
"""What can be decided on many entries at once, as buttons say it."""

DONE: dict[str, Any] = {
    "accept": _l("The entry was accepted and the team was told."),
    "return": _l("The team was asked for more."),
    "reject": _l("The entry was not accepted and the team was told."),
    "disqualify": _l("The entry was disqualified and the team was told."),
    "extend": _l("The team has more time now and was told."),
}
"""What the page says after a decision."""

ACTIONS: dict[str, Any] = {
    "create_contest": _l("Made the contest"),
    "change_contest": _l("Changed the contest"),
    "create_edition": _l("Made the edition"),
    "clone_edition": _l("Made the edition out of another one"),
    "change_edition": _l("Changed the edition's texts"),
    "change_entry_rules": _l("Changed places and sizes"),
    "set_eligibility": _l("Changed the eligibility rules"),
    "publish_edition": _l("Published the edition"),
    "archive_edition": _l("Archived the edition"),
    "reopen_edition": _l("Reopened the edition"),
    "set_milestone": _l("Set a date"),
    "remove_milestone": _l("Removed a date"),
    "add_track": _l("Added a track"),
    "change_track": _l("Changed a track"),
    "remove_track": _l("Removed a track"),
    "add_division": _l("Added a division"),
    "change_division": _l("Changed a division"),
    "remove_division": _l("Removed a division"),
    "add_round": _l("Added a round"),
    "change_round": _l("Changed a round"),
    "remove_round": _l("Removed a round"),
    "add_prize": _l("Added a prize"),
    "change_prize": _l("Changed a prize"),
    "remove_prize": _l("Removed a prize"),
    "create_team": _l("Registered the team"),
    "change_team": _l("Changed the team"),
    "add_member": _l("Added a member"),
    "remove_member": _l("Removed a member"),
    "leave_team": _l("Left the team"),
    "claim_membership": _l("Took up the membership"),
    "hand_over_captaincy": _l("Handed the captaincy over"),
    "save_draft": _l("Saved the draft"),
    "attach_document": _l("Uploaded a document"),
    "remove_document": _l("Removed a document"),
    "submit_entry": _l("Submitted the entry"),
    "restore_submitted": _l("Set back what was never submitted"),
    "withdraw_entry": _l("Withdrew the entry"),
    "resume_entry": _l("Took the entry up again"),
    "accepted_entry": _l("Accepted the entry"),
    "returned_entry": _l("Asked for more"),
    "rejected_entry": _l("Did not accept the entry"),
    "disqualified_entry": _l("Disqualified the entry"),
    "extend_deadline": _l("Gave the team more time"),
    "import_teams": _l("Imported teams"),
    "import_entry": _l("Imported the entry"),
    "export_teams": _l("Exported the teams"),
    "retry_mail": _l("Sent a mail again"),
    "invitation.made": _l("Invited somebody"),
    "invitation.accepted": _l("Accepted an invitation"),
    "invitation.revoked": _l("Took an invitation back"),
    "role.granted": _l("Gave somebody a role"),
    "role.revoked": _l("Took a role back"),
    "guardian_consent": _l("Noted a guardian's consent"),
    "show_team": _l("Changed whether the team is shown"),
    "judge.added": _l("Added a judge"),
    "judge.changed": _l("Changed a judge"),
    "judge.invited": _l("Invited a judge"),
    "judge.invitation_revoked": _l("Took a judge's invitation back"),
    "judge.linked": _l("A judge accepted"),
    "judge.replaced": _l("Replaced a judge"),
    "judge.retired": _l("Retired a judge"),
    "round.entered": _l("Put entries into a round"),
    "round.left": _l("Took an entry out of a round"),
    "round.rule": _l("Set the rule of a round"),
    "assignment.proposed": _l("Proposed an assignment"),
    "assignment.applied": _l("Applied a proposed assignment"),
    "assignment.discarded": _l("Threw a proposed assignment away"),
    # Editions from before proposals hold such records.
    "round.assigned_evenly": _l("Assigned entries evenly"),
    "round.judges_told": _l("Told the judges"),
    "rubric.made": _l("Made a rubric"),
    "rubric.order": _l("Ordered the criteria"),
    "rubric.criterion_added": _l("Added a criterion"),
    "rubric.criterion_changed": _l("Changed a criterion"),
    "rubric.criterion_removed": _l("Removed a criterion"),
    "sheet.assigned": _l("Assigned an entry to a judge"),
    "sheet.unassigned": _l("Took an entry from a judge"),
    "sheet.submitted": _l("Submitted a score sheet"),
    "sheet.reopened": _l("Reopened a score sheet"),
    "sheet.recused": _l("A judge recused"),
    "conflict.declared": _l("Recorded a conflict of interest"),
    "judging_terms.set": _l("Set the wording of the judges’ pledge"),
    "judging_terms.dropped": _l("Dropped the judges’ pledge"),
    "pledge.signed": _l("A judge signed the pledge"),
    "wishes.saved": _l("A judge said what to judge gladly"),
    "panel_note.written": _l("Wrote a note for the panel"),
    "second_look.asked": _l("Asked a judge for a second look"),
    "sample.added": _l("Added a sample entry"),
    "sample.changed": _l("Changed a sample entry"),
    "sample.removed": _l("Removed a sample entry"),
    "sample.sent": _l("A judge scored a sample entry"),
    "result.tie_decided": _l("Decided a tie"),
    "result.finalized": _l("Finalized a result"),
    "result.discarded": _l("Discarded a result"),
    "result.signed": _l("Signed a result"),
    "result.scheduled": _l("Set the time of publication"),
    "result.unscheduled": _l("Took back the time of publication"),
    "result.published": _l("Published a result"),
    "result.final": _l("A result became final"),
    "result.superseded": _l("A result was superseded"),
    "result.new_version_needed": _l("A result needs a new version"),
    "result.imported": _l("Imported a result"),
    "edition.imported": _l("Imported the edition"),
    "objection.raised": _l("Raised an objection"),
    "objection.answered": _l("Answered an objection"),
    "issue_certificate": _l("Issued a certificate"),
    "reissue_certificate": _l("Issued a certificate anew"),
    "revoke_certificate": _l("Revoked a certificate"),
}
"""Deeds of the audit log; what is not here is shown by its code."""
