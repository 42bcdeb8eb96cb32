"""A sample entry as organizers write it; its reference marks are read beside the form, one per criterion."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.forms import Form, TrilingualField
from judging.models import SampleEntry


class SampleForm(Form):
    title = TrilingualField(_l("Project name"), needed="any")
    summary = TrilingualField(_l("Project summary"), paragraphs=True, needed="none")
    note = TrilingualField(
        _l("Why these marks"),
        paragraphs=True,
        needed="none",
        description=_l("Judges read it once they have sent their own marks."),
    )

    @classmethod
    def showing(cls, sample: SampleEntry | None) -> SampleForm:
        if sample is None:
            return cls()
        return cls(title=sample.title, summary=sample.summary, note=sample.note, version=sample.version)
