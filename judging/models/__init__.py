"""The room's tables, one file per group of nouns."""

from __future__ import annotations

from judging.models.panel import (
    AssignmentProposal,
    Background,
    DeclaredConflict,
    Inclination,
    Judge,
    JudgeWish,
    JudgingTerms,
    Pledge,
    ProposalState,
    RecusalKind,
)
from judging.models.results import (
    Adjustment,
    Diagnosis,
    Objection,
    ObjectionOutcome,
    Result,
    ResultState,
    TieDecision,
)
from judging.models.rubrics import Criterion, Rubric
from judging.models.sheets import (
    MarkChange,
    NoteKind,
    PanelNote,
    SampleEntry,
    SampleSheet,
    ScoreSheet,
    SheetSave,
    SheetState,
    StandingsView,
    StoredMark,
)

__all__ = [
    "Adjustment",
    "AssignmentProposal",
    "Background",
    "Criterion",
    "DeclaredConflict",
    "Diagnosis",
    "Inclination",
    "Judge",
    "JudgeWish",
    "JudgingTerms",
    "MarkChange",
    "NoteKind",
    "Objection",
    "ObjectionOutcome",
    "PanelNote",
    "Pledge",
    "ProposalState",
    "RecusalKind",
    "Result",
    "ResultState",
    "Rubric",
    "SampleEntry",
    "SampleSheet",
    "ScoreSheet",
    "SheetSave",
    "SheetState",
    "StandingsView",
    "StoredMark",
    "TieDecision",
]
