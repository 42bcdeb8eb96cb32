"""What every calibrated model finds, in one shape: scores, severities, residuals, a posterior to draw from.

The interface of all models is four functions: `fit` (judging.calibration) gives a `Fit`; `scores`,
`severities` and `draws` read it, whatever the model.

A *posterior* is Gaussian in two steps, as Henderson's equations give it: shared parameters b (mean, judges,
…) have covariance B, and given b each subject's effect is independent, u = û + K (b − b̂) + spread · z. So
joint draws of many subjects never need their covariance matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from judging.ratings import CriterionRatings, Ratings

Floats = NDArray[np.float64]

NOTES: dict[str, str] = {
    "no_ratings": "There is no complete sheet, so nothing can be calibrated.",
    "severity_cancels": "All judges rated all subjects: severity cancels, so that the additive order is that"
    " of the plain mean.",
    "islands": "Judges and subjects fall into %(count)s islands that no judge connects: subjects of different"
    " islands compare only on the assumption that the islands are equally strong on average.",
    "few_judges": "There are only %(judges)s judges, so variances are rough; intervals allow for that.",
    "few_subjects": "There are only %(subjects)s subjects, so variances are rough; intervals allow for that.",
    "one_judge": "There is one judge only, so severity can't be told and scores are the marks as given: no"
    " intervals, probabilities or residuals.",
    "one_subject": "There is one subject only: its score is the plain mean, without an interval.",
    "one_rating_each": "No subject has two ratings, so error can't be told from quality: no intervals,"
    " probabilities or residuals.",
    "no_loops": "No two judges share two subjects, not even by way of others, so error can't be told from"
    " quality and severity: no intervals or probabilities.",
    "one_rating_per_judge": "No judge rated two subjects, so severity can't be told from error.",
    "all_equal": "All ratings are equal, so there is no order, and no intervals or probabilities.",
    "no_residual": "Judges differ by constant amounts only, without any error: the intervals have no width,"
    " and infit and outfit can't be told.",
    "no_severity_found": "No difference in severity shows beyond chance, so none is corrected.",
    "no_quality_found": "No difference in quality shows beyond chance: the order means little.",
    "too_many_for_draws": "There are more than %(most)s subjects: no intervals or probabilities.",
    "rasch_one_judge": "There is one judge only, so severity can't be told.",
    "unused_categories": "Marks that nobody gave are no steps of the Rasch scale: %(marks)s.",
    "no_convergence": "The search for the best fit stopped early; figures are approximate.",
}


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader should know: `code` is a key of NOTES, `params` fill its sentence (all text)."""

    code: str
    params: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return NOTES[self.code] % dict(self.params)


def note(code: str, **params: object) -> Note:
    """A note with its parameters as text."""
    return Note(code, tuple((name, str(value)) for name, value in params.items()))


@dataclass(frozen=True, slots=True)
class Variance:
    """Variance components in squared points (squared logits for Rasch); None where the data don't tell."""

    team: float | None
    judge: float | None
    residual: float | None


@dataclass(frozen=True)
class Posterior:
    """Joint uncertainty of the subjects' effects, as the module's sentence on it says.

    `effect` (subjects,): û. `sensitivity` (subjects, parameters), sparse: K. `root` (parameters, parameters):
    any R with R R' = B. `spread` (subjects,): standard deviation given the shared parameters.
    """

    effect: Floats
    sensitivity: csr_array
    root: Floats
    spread: Floats

    def draw(self, count: int, generator: np.random.Generator) -> Floats:
        """Joint draws (count, subjects) of the effects."""
        shared = self.root @ generator.standard_normal((self.root.shape[1], count))
        drawn = (self.sensitivity @ shared).T
        drawn += generator.standard_normal((count, len(self.effect))) * self.spread
        drawn += self.effect
        return drawn

    def covariance(self, subjects: NDArray[np.int64]) -> Floats:
        """Covariance matrix of the effects of a few subjects."""
        part = self.sensitivity[subjects] @ self.root
        return part @ part.T + np.diag(self.spread[subjects] ** 2)


@dataclass(frozen=True)
class Fit:
    """A fitted model of n ratings (single marks for Rasch) by J judges of T subjects, in points (logits).

    Where the data can't tell a figure, it is NaN, and `notes` say why. A judge's effect is what she adds to
    a mark; severity is its opposite, see `severities`.

    `mean`: the level of the average judge of the panel. `subject_effect` (T,): distance from the mean, shrunk
    (BLUP). `unshrunk` (T,): the same without shrinking, for display. `subject_se` (T,): posterior standard
    deviation. `judge_effect` (J,), with its posterior standard deviation `judge_se` (J,), both relative to
    the panel's mean. `judge_scale` (J,): how strongly a judge tells subjects apart, 1 is usual. `residuals`
    (n,): rating less fitted value. `leverage` (n,): h, how far the fitted value follows its own rating.
    `standardized` (n,): deleted residual, over its standard deviation. `weight` (n,): 1, or less for a rating
    that the robust model trusts less. `infit`, `outfit` (J,): mean squares, 1 is as expected. `posteriors`
    gives `draws_from`, computed when first asked for.
    """

    method: str
    ratings: Ratings | CriterionRatings
    mean: float
    variance: Variance
    subject_effect: Floats
    unshrunk: Floats
    subject_se: Floats
    judge_effect: Floats
    judge_se: Floats
    judge_scale: Floats
    residuals: Floats
    standardized: Floats
    leverage: Floats
    weight: Floats
    infit: Floats
    outfit: Floats
    posteriors: Callable[[], tuple[Posterior, ...]]
    islands: int
    notes: tuple[Note, ...]
    fair_average: Floats | None = None

    @cached_property
    def draws_from(self) -> tuple[Posterior, ...]:
        """Posteriors to draw from in equal shares: one, or several where the variances themselves are
        uncertain; none where the data don't tell.
        """
        return self.posteriors()

    @property
    def low_wins(self) -> bool:
        """Whether the lower score is the better. Rasch measures are turned so that the higher always is."""
        return self.ratings.low_wins and self.method != "rasch"


def scores(fit: Fit) -> Floats:
    """Each subject's calibrated score (T,): the mean and its shrunk effect."""
    return fit.mean + fit.subject_effect


def severities(fit: Fit) -> Floats:
    """Each judge's severity (J,): positive for a strict one, who gives worse marks than the panel does."""
    return fit.judge_effect if fit.low_wins else -fit.judge_effect


def no_posterior() -> tuple[Posterior, ...]:
    """The posteriors of a fit that doesn't tell how sure it is."""
    return ()


def draws(fit: Fit, count: int, generator: np.random.Generator) -> Floats | None:
    """Joint posterior draws of the scores (count, T); None where the data don't tell.

    The level is held at its estimate: what is drawn is how far subjects lie from the mean.
    """
    if not fit.draws_from:
        return None
    shares = np.diff(np.linspace(0, count, len(fit.draws_from) + 1).astype(int))
    drawn = np.concatenate(
        [
            posterior.draw(int(share), generator)
            for posterior, share in zip(fit.draws_from, shares, strict=True)
        ]
    )
    drawn += fit.mean
    return drawn


def island_of(ratings: Ratings | CriterionRatings) -> tuple[int, NDArray[np.int32]]:
    """How many connected parts the graph of judges and subjects has, and each subject's part (T,)."""
    subjects, judges = len(ratings.subjects), len(ratings.judges)
    nodes = subjects + judges
    edges = (np.ones(len(ratings.value)), (ratings.subject, ratings.judge + subjects))
    count, labels = connected_components(coo_array(edges, shape=(nodes, nodes)), directed=False)
    return int(count), labels[:subjects]
