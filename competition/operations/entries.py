"""Writes on entries: drafting, documents, submission, withdrawal.

`who` is the signed-in person who acts. `who=None` is for commands (imports, the demo): no deadline, no list
of missing things and no eligibility rule binds them. Operations are keyword-only, raise `core.errors`, write
one audit record each, and never commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from accounts.consents import require_consents
from accounts.models import Person
from competition import eligibility, receipts
from competition.eligibility import Facts, Finding
from competition.models import (
    Division,
    Document,
    DocumentKind,
    Edition,
    Entry,
    EntryState,
    EntryVersion,
    Member,
    MemberRole,
    Stage,
    Team,
    Track,
)
from competition.operations.teams import captain_of, require_changeable
from core import audit, clock, files, mail
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import StoredFile

TEAM_QUOTA = 300 * 1024 * 1024
"""Bytes that all current and submitted documents of one team may take together."""
FULL_AGE_OF_CONSENT = 14
"""Under this age a guardian has to agree (China: PIPL Art. 31; Korea: PIPA Art. 22-2)."""

DRAFT_VALUES = ("title", "summary", "sector", "stage", "track", "division", "video_url", "earlier_prize")
HOLDS_PLACE = (EntryState.SUBMITTED, EntryState.ACCEPTED, EntryState.RETURNED)

FILE_KINDS = {
    DocumentKind.BUSINESS_PLAN: files.PDF,
    DocumentKind.PITCH_DECK: files.PDF,
    DocumentKind.LOGO: files.PICTURE,
}


def save_draft(*, entry: Entry, seen: int | None, who: Person | None = None, **values: Any) -> Entry:
    """Set what is given of title, summary (Trilingual), sector, stage, track, division (rows), video_url,
    earlier_prize.

    `seen` is the entry's version that the values were typed against (None: just read). A submitted entry
    stays submitted: the change counts once it is submitted again. Raises `Conflict` "stale" with what stands
    there now (`current`, `version`), and `Conflict` "closed" after the deadline.
    """
    if unknown := set(values) - set(DRAFT_VALUES):
        raise TypeError(f"not to be set here: {', '.join(sorted(unknown))}")
    entry = lock(entry)
    require_changeable(entry.team, who)
    if seen is not None and entry.version != seen:
        raise Conflict(
            _l("Somebody of your team changed the entry meanwhile."),
            code="stale",
            current=draft_json(entry),
            version=entry.version,
        )
    old = {name: _plain(getattr(entry, name)) for name in values}
    new = {name: _plain(value) for name, value in values.items()}
    changed = [name for name in values if old[name] != new[name]]
    if not changed:
        return entry
    for name in changed:
        value = values[name]
        if name in ("track", "division"):
            if value is not None and value.edition_id != entry.edition_id:
                raise BadInput(fields={name: _l("Please choose one of this edition.")})
            setattr(entry, f"{name}_id", value.id if value else None)
        elif name == "stage":
            entry.stage = Stage(value) if value else None
        else:
            setattr(entry, name, value)
    db.session.flush()
    db.session.expire(entry, ["track", "division"])
    audit.record(
        "save_draft",
        entry,
        old={name: old[name] for name in changed},
        new={name: new[name] for name in changed},
    )
    return entry


def draft_json(entry: Entry) -> dict[str, Any]:
    """The working copy as the draft form knows it: flat names, all values text."""
    flat = {name: _plain(getattr(entry, name)) for name in DRAFT_VALUES}
    shown: dict[str, Any] = {}
    for name, value in flat.items():
        if isinstance(value, Mapping):
            shown |= {f"{name}-{lang}": text for lang, text in value.items()}
        else:
            shown[name] = value or ""
    return shown


def attach_document(
    *, entry: Entry, kind: DocumentKind, upload: FileStorage | StoredFile | None, who: Person | None
) -> Document:
    """Make `upload` the entry's document of `kind`; the one before stays only if a submitted version names
    it.

    upload: what a form sent (checked and stored here, which takes a moment: call it before the transaction
    has written anything), or a file that is stored already. The same bytes under the same name change
    nothing. Raises `BadInput` for a file that isn't what it should be, `Conflict` for a full quota and after
    the deadline.
    """
    kind = DocumentKind(kind)
    if isinstance(upload, StoredFile):
        file = upload
    else:
        file = files.receive(upload, FILE_KINDS[kind], uploaded_by=who.id if who else None, field=kind.value)
    require_changeable(entry.team, who)
    lock(entry.team)
    known = document_of(entry, kind)
    if known is not None and (known.file.sha256, known.file.name) == (file.sha256, file.name):
        if known.file is not file:
            db.session.delete(file)
        return known
    old = _file_json(known.file) if known else None
    if known is None:
        known = Document(kind=kind, file=file)
        entry.documents.append(known)
    else:
        before, known.file = known.file, file
        db.session.flush()
        _drop_unless_submitted(entry, before)
    db.session.flush()
    if who is not None and (used := storage_used(entry)) > TEAM_QUOTA:
        raise Conflict(
            fields={
                kind.value: _l(
                    "All documents of the team together may take %(quota)d MB; with this one it would be"
                    " %(used)d MB.",
                    quota=TEAM_QUOTA // 1024**2,
                    used=-(-used // 1024**2),
                )
            },
            code="quota",
        )
    audit.record("attach_document", entry, old={kind.value: old}, new={kind.value: _file_json(file)})
    return known


def remove_document(*, entry: Entry, kind: DocumentKind, who: Person | None) -> None:
    """Take the document of `kind` out of the working copy; submitted versions keep theirs."""
    require_changeable(entry.team, who)
    lock(entry.team)
    document = document_of(entry, kind)
    if document is None:
        return
    audit.record("remove_document", entry, old={document.kind.value: _file_json(document.file)})
    entry.documents.remove(document)
    db.session.delete(document)
    db.session.flush()
    _drop_unless_submitted(entry, document.file)


def submit_entry(*, entry: Entry, who: Person | None, pledged: bool, seen: str | None = None) -> EntryVersion:
    """Freeze the working copy as the next version; the first time it also gets its receipt number and takes a
    place.

    seen: the SHA-256 of the content that the person was shown, so that nobody submits what a teammate changed
    meanwhile. Submitting again what stands submitted already returns the version that is there. Raises
    `BadInput` without the originality pledge, `Conflict` when something is missing, a rule is broken, the
    deadline has passed or no place is left.
    """
    if not pledged:
        raise BadInput(fields={"pledged": _l("Please confirm the statement of originality.")})
    if who is not None:
        require_consents(who)
    lock(entry.edition)
    entry = lock(entry)
    require_changeable(entry.team, who)
    db.session.flush()
    db.session.expire(entry.team, ["members"])  # what was read before the lock may be old
    db.session.expire(entry, ["documents"])
    content = receipts.content_of(entry)
    digest = receipts.sha256(content)
    if seen is not None and digest != seen:
        raise Conflict(
            _l("Somebody of your team changed the entry while you looked at it. Please check it once more."),
            code="stale",
        )
    last = last_version(entry)
    if entry.state is EntryState.SUBMITTED and last is not None and last.content_sha256 == digest:
        return last
    if who is not None:
        _require_complete(entry)
    old = entry.state
    if old not in HOLDS_PLACE:
        _require_place(entry.edition)
    moment = clock.now()
    version = EntryVersion(
        number=(last.number if last else 0) + 1,
        submitted_at=moment,
        submitted_by=who.id if who else None,
        content=content,
        content_sha256=digest,
    )
    entry.versions.append(version)
    entry.receipt_number = entry.receipt_number or receipts.allocate(entry.edition)
    entry.state, entry.submitted_at, entry.decided_at, entry.reason = EntryState.SUBMITTED, moment, None, ""
    entry.pledged_at, entry.pledged_by = moment, who.id if who else None
    for remark in entry.remarks:
        remark.settled_at = remark.settled_at or moment
    db.session.flush()
    audit.record(
        "submit_entry",
        entry,
        old={"state": old.value},
        new={
            "state": "submitted",
            "version": version.number,
            "sha256": digest,
            "receipt": entry.receipt_number,
        },
    )
    if who is not None:
        _tell_submitted(entry, version)
    return version


def withdraw_entry(*, entry: Entry, who: Person | None, reason: str) -> None:
    """Take the team out of the contest for the reason given; its place becomes free.

    Raises `Conflict` when it is out already.
    """
    entry = lock(entry)
    if entry.state in (EntryState.WITHDRAWN, EntryState.REJECTED, EntryState.DISQUALIFIED):
        raise Conflict(_l("This entry takes no part in the contest any more."), code="out")
    if not reason:
        raise BadInput(fields={"reason": _l("Please say why, in a few words.")})
    old, entry.state, entry.reason = entry.state, EntryState.WITHDRAWN, reason
    db.session.flush()
    audit.record("withdraw_entry", entry, old={"state": old.value}, new={"state": "withdrawn"}, reason=reason)
    _tell_withdrawn(entry)


def resume_entry(*, entry: Entry, who: Person | None) -> None:
    """Take a withdrawn entry up again as a draft while registration is open; it has to be submitted again."""
    entry = lock(entry)
    if entry.state is not EntryState.WITHDRAWN:
        raise Conflict(_l("This entry was not withdrawn."), code="not_withdrawn")
    entry.state = EntryState.DRAFT
    require_changeable(entry.team, who)
    entry.reason = ""
    db.session.flush()
    audit.record("resume_entry", entry, old={"state": "withdrawn"}, new={"state": "draft"})


def restore_submitted(*, entry: Entry) -> bool:
    """Set the working copy back to what was last submitted, so that nobody judges a change that was never
    sent.

    Called when an entry is accepted. Team and members stay as they are. Returns whether anything differed.
    """
    version = last_version(entry)
    if version is None or version.content.get("format") != receipts.FORMAT:
        return False
    if version.content_sha256 == receipts.sha256(receipts.content_of(entry)):
        return False
    content = version.content
    edition = entry.edition
    entry.title = Trilingual.from_json(content["title"])
    entry.summary = Trilingual.from_json(content["summary"])
    entry.sector, entry.video_url = content["sector"], content["video_url"]
    entry.earlier_prize = content["earlier_prize"]
    entry.stage = Stage(content["stage"]) if content["stage"] else None
    entry.track_id = next((track.id for track in edition.tracks if track.slug == content["track"]), None)
    entry.division_id = next((row.id for row in edition.divisions if row.slug == content["division"]), None)
    for document in list(entry.documents):
        if document.kind.value not in content["documents"]:
            entry.documents.remove(document)
            db.session.delete(document)
    for kind, named in content["documents"].items():
        file = db.session.execute(select(StoredFile).where(StoredFile.key == named["file"])).scalar_one()
        current = document_of(entry, DocumentKind(kind))
        if current is None:
            entry.documents.append(Document(kind=DocumentKind(kind), file=file))
        else:
            current.file = file
    db.session.flush()
    db.session.expire(entry, ["track", "division"])
    audit.record("restore_submitted", entry, new={"version": version.number})
    return True


def document_of(entry: Entry, kind: DocumentKind) -> Document | None:
    return next((document for document in entry.documents if document.kind is kind), None)


def last_version(entry: Entry) -> EntryVersion | None:
    """The newest submission, asked of the database, not of what was loaded before a lock."""
    return db.session.execute(
        select(EntryVersion)
        .where(EntryVersion.entry_id == entry.id)
        .order_by(EntryVersion.number.desc())
        .limit(1)
    ).scalar_one_or_none()


def storage_used(entry: Entry) -> int:
    """Bytes of all files that the entry's working copy and versions name, each file counted once."""
    sizes = {document.file.sha256: document.file.size for document in entry.documents}
    for content in _version_contents(entry) if entry.submitted_at else ():
        for named in content.get("documents", {}).values():
            sizes[named["sha256"]] = named["size"]
    return sum(sizes.values())


def facts_of(entry: Entry) -> Facts:
    """What the eligibility rules look at."""
    team = entry.team
    people = [
        member for member in team.members if member.confirmed_at and member.role is not MemberRole.ADVISER
    ]
    people.sort(key=lambda member: member.role is not MemberRole.CAPTAIN)
    return Facts(
        year=entry.edition.year,
        birth_years=tuple(_birth_years(people)),
        country=team.country.value,
        founded_year=team.founded_year,
        division=entry.division.slug if entry.division else "",
        earlier_prize=entry.earlier_prize,
    )


def _birth_years(members: list[Member]) -> list[int | None]:
    """Years of birth; one that was unknown on joining is looked up in the person's profile."""
    unknown = [member.person_id for member in members if member.birth_year is None and member.person_id]
    later: dict[int, int | None] = {}
    if unknown:
        rows = db.session.execute(select(Person.id, Person.birth_year).where(Person.id.in_(unknown)))
        later = {row.id: row.birth_year for row in rows}
    return [member.birth_year or later.get(member.person_id or 0) for member in members]


def findings_of(entry: Entry) -> list[Finding]:
    """One finding per rule of the edition, its least and largest team size first unless a rule says that
    already.
    """
    rules: list[Mapping[str, Any]] = list(entry.edition.eligibility)
    if not any(isinstance(rule, Mapping) and rule.get("kind") == "team_size" for rule in rules):
        size = {"kind": "team_size", "least": entry.edition.team_least, "most": entry.edition.team_most}
        rules.insert(0, size)
    return eligibility.examine(facts_of(entry), rules)


def missing_of(entry: Entry) -> list[str]:
    """What still has to be done before submitting, as codes: fields of the draft, `business_plan`,
    `guardian`.
    """
    missing = []
    if not entry.title:
        missing.append("title")
    if not entry.summary:
        missing.append("summary")
    if entry.track_id is None and entry.edition.tracks:
        missing.append("track")
    if entry.division_id is None and entry.edition.divisions:
        missing.append("division")
    if entry.stage is None:
        missing.append("stage")
    if document_of(entry, DocumentKind.BUSINESS_PLAN) is None:
        missing.append("business_plan")
    if any(needs_guardian(member) and member.guardian_consent_at is None for member in entry.team.members):
        missing.append("guardian")
    return missing


def needs_guardian(member: Member) -> bool:
    """True for a member who may be under 14 today: the year of birth alone leaves one year of doubt."""
    if member.birth_year is None or member.role is MemberRole.ADVISER:
        return False
    return clock.now().year - member.birth_year <= FULL_AGE_OF_CONSENT


def has_unsubmitted_changes(entry: Entry, last: EntryVersion | None) -> bool:
    """True when the working copy is not what was last submitted."""
    return last is None or last.content_sha256 != receipts.sha256(receipts.content_of(entry))


def _require_complete(entry: Entry) -> None:
    missing = missing_of(entry)
    if missing:
        raise Conflict(
            _l("Something is still missing. The page shows what."), code="incomplete", missing=missing
        )
    if any(finding.is_blocking for finding in findings_of(entry)):
        raise Conflict(_l("A rule of this edition is not met. The page shows which."), code="not_eligible")


def _require_place(edition: Edition) -> None:
    """Raise `Conflict` when all places of the edition are taken; the caller holds the edition."""
    if edition.entry_places is None:
        return
    taken = db.session.execute(
        select(func.count())
        .select_from(Entry)
        .where(Entry.edition_id == edition.id, Entry.state.in_(HOLDS_PLACE))
    ).scalar_one()
    if taken >= edition.entry_places:
        raise Conflict(
            _l("All %(places)d places of this edition are taken.", places=edition.entry_places), code="full"
        )


def _drop_unless_submitted(entry: Entry, file: StoredFile) -> None:
    """Forget a replaced file that no version names; its bytes go with the next sweep."""
    named = {
        document["file"]
        for content in _version_contents(entry)
        for document in content.get("documents", {}).values()
    }
    shared = db.session.execute(
        select(func.count()).select_from(Document).where(Document.file_id == file.id)
    ).scalar_one()
    if file.key not in named and not shared:
        db.session.delete(file)
        db.session.flush()


def _version_contents(entry: Entry) -> list[dict[str, Any]]:
    return list(db.session.scalars(select(EntryVersion.content).where(EntryVersion.entry_id == entry.id)))


def _confirmed_people(team: Team) -> list[Person]:
    ids = [member.person_id for member in team.members if member.person_id and member.confirmed_at]
    people = db.session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id))
    return [person for person in people if person.is_active]


def _tell_submitted(entry: Entry, version: EntryVersion) -> None:
    team, edition = entry.team, entry.edition
    number, digest, moment = entry.receipt_number, version.content_sha256, version.submitted_at
    path = f"/e/{edition.slug}/team/{team.key}/receipt"

    def write(lang: str) -> mail.Message:
        clocks = " / ".join(f"{face.text} {face.place}" for face in clock.both_clocks(moment, lang))
        title = entry.title.pick(lang).text
        subject = (
            _("Submitted: %(number)s %(team)s", number=number, team=team.name)
            if version.number == 1
            else _("Submitted again: %(number)s %(team)s", number=number, team=team.name)
        )
        return mail.Message(
            subject,
            _(
                "%(edition)s\n\nTeam: %(team)s\nProject: %(title)s\nReceipt number: %(number)s\n"
                "Version: %(version)d\nReceived: %(clocks)s\nSHA-256: %(digest)s\n\n"
                "The entry is submitted. It can be changed and submitted again until the deadline.",
                edition=edition.name.pick(lang).text,
                team=team.name,
                title=title,
                number=number,
                version=version.number,
                clocks=clocks,
                digest=digest,
            ),
            f"/{lang}{path}",
        )

    for person in _confirmed_people(team):
        mail.tell(person, "entry_submitted", write, edition_id=edition.id)


def _tell_withdrawn(entry: Entry) -> None:
    team, edition, reason = entry.team, entry.edition, entry.reason

    def write(lang: str) -> mail.Message:
        return mail.Message(
            _("Withdrawn: %(team)s", team=team.name),
            _(
                "%(edition)s\n\nThe entry of the team %(team)s was withdrawn. Reason given: %(reason)s",
                edition=edition.name.pick(lang).text,
                team=team.name,
                reason=reason,
            ),
            f"/{lang}/e/{edition.slug}/team/{team.key}",
        )

    for person in _confirmed_people(team):
        mail.tell(person, "entry_withdrawn", write, edition_id=edition.id)


def captain_person(team: Team) -> Person | None:
    """The captain's account; None where an import made a captain without one."""
    captain = captain_of(team)
    return db.session.get(Person, captain.person_id) if captain and captain.person_id else None


def _file_json(file: StoredFile) -> dict[str, Any]:
    return {"name": file.name, "size": file.size, "sha256": file.sha256}


def _plain(value: Any) -> Any:
    if isinstance(value, Trilingual):
        return value.to_json()
    if isinstance(value, Track | Division):
        return value.slug
    return value.value if isinstance(value, Stage) else value
