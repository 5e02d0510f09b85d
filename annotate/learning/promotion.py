"""Which model proposes in a project from now on: promoted, and taken back. The history is in rows of Promotion.

Everything happens in one transaction with the project locked: what serves, the row that says since when and why, and
whatever the receivers of ``model_promoted`` write. Nothing else changes what serves. From which confidence on it
proposes may change with it; each row says what that was before, so that going back restores both.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..detection.mapping import settle
from ..detection.versions import default_for, path_of, usable_for
from ..models import ClassMapping, ModelVersion, Project, Promotion, Training, User
from ..signals import model_promoted
from .deciding import Decision, decide
from .shown import taken_over

Outcome = Training.Outcome
SUPERSEDED, CHOSEN = "superseded", "chosen"
"""Reasons that ``words`` puts into the language of the reader."""


class PromotionRefused(Exception):
    """Nothing was changed. The text is for the person; ``code`` for programs."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def serving(project: Project) -> ModelVersion | None:
    """What proposes where nobody chooses another; None where no model is installed."""
    return default_for(project, usable_for(project))


def decision_of(training: Training) -> Decision:
    """By the margin that held when it started."""
    margin = training.params.get("evaluate", {}).get("class_margin", training.project.class_margin)
    return decide(training.evaluation, margin)


def promote(
    project: Project,
    version: ModelVersion,
    *,
    user: User | None,
    kind: str,
    training: Training | None = None,
    reason: str = "",
    takes_confidence: bool = True,
) -> Promotion:
    """``training``: the one that ``version`` came out of, which must have found it better than what serves now. Without
    one the choice is a person's alone. ``takes_confidence``: proposals are made from the confidence on at which the
    training has measured it. Raises PromotionRefused."""
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        check_usable(locked, version)
        if locked.model_version_id == version.pk:
            raise PromotionRefused(
                "serves", _("%(model)s already proposes in this project.") % {"model": version}
            )
        if training is not None:
            check_better(locked, training, by_itself=kind == Promotion.Kind.AUTOMATIC)
        promotion = _change(
            locked,
            version,
            user=user,
            kind=kind,
            training=training,
            reason=reason,
            confidence=taken_over(training.evaluation) if training is not None and takes_confidence else None,
        )
        close_trainings(locked, training, user)
    project.model_version, project.confidence = version, locked.confidence
    return promotion


def choose(
    project: Project, version: ModelVersion | None, user: User, *, confidence: float | None = None
) -> Promotion | None:
    """A manager names what proposes, None the default of this installation, and from which confidence on; None when
    that model does already. Raises PromotionRefused."""
    promotion = None
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if locked.model_version_id == (version.pk if version else None):
            _set_confidence(locked, confidence)
        else:
            if version is not None:
                check_usable(locked, version)
            promotion = _change(
                locked,
                version,
                user=user,
                kind=Promotion.Kind.MANUAL,
                training=None,
                reason=CHOSEN,
                confidence=confidence,
            )
            close_trainings(locked, None, user)
    project.model_version, project.confidence = version, locked.confidence
    return promotion


def check_usable(project: Project, version: ModelVersion) -> None:
    """Raises PromotionRefused."""
    is_ours = version.project_id in (None, project.pk) and version.is_active
    if not is_ours or not path_of(version).is_file():
        raise PromotionRefused(
            "unusable",
            _("%(model)s cannot be used in this project, or its weights are gone. Nothing was changed.")
            % {"model": version},
        )


def check_better(project: Project, training: Training, *, by_itself: bool) -> None:
    """Raises PromotionRefused: a model is promoted only by a comparison that holds now."""
    decision = decision_of(training)
    if not (decision.may_take_over if by_itself else decision.may_be_chosen):
        raise PromotionRefused(
            "not_better", _("This model is not surely better than the one it was compared with.")
        )
    now = serving(project)
    if (now.pk if now else None) != training.champion_id:
        raise PromotionRefused(
            "stale",
            _("Another model proposes now than the one this was compared with. Train again to compare."),
        )


def _change(
    project: Project,
    version: ModelVersion | None,
    *,
    user: User | None,
    kind: str,
    training: Training | None,
    reason: str,
    confidence: float | None,
) -> Promotion:
    """``confidence``: from which on proposals are made from now on, None to leave it. Set before anybody is told, as
    the new model is asked with it."""
    previous, confidence_before = project.model_version, project.confidence
    Project.objects.filter(pk=project.pk).update(model_version=version)
    _set_confidence(project, confidence)
    promotion = Promotion.objects.create(
        project=project,
        model_version=version,
        previous=previous,
        training=training,
        kind=kind,
        reason=reason[:500],
        confidence=project.confidence,
        confidence_before=confidence_before,
        created_by=user,
    )
    if training is not None:
        bind_classes(training)
    if version is not None:
        settle(project, version.classes)
    model_promoted.send(promote, promotion=promotion)
    return promotion


def _set_confidence(project: Project, confidence: float | None) -> None:
    if confidence is not None and confidence != project.confidence:
        Project.objects.filter(pk=project.pk).update(confidence=confidence)
        project.confidence = confidence


def bind_classes(training: Training) -> None:
    """The classes of the model mean the labels that they were trained from, whatever those are called by now."""
    labels = {one["name"]: one["id"] for one in training.params.get("labels", [])}
    known = set(training.project.labels.filter(pk__in=labels.values()).values_list("pk", flat=True))
    for name, label in labels.items():
        rows = ClassMapping.objects.filter(project=training.project_id, class_name__iexact=name)
        if label in known and not rows.update(label_id=label):
            ClassMapping.objects.create(project_id=training.project_id, class_name=name, label_id=label)


def close_trainings(project: Project, training: Training | None, user: User | None) -> None:
    """``training`` has won; others that waited were compared with a model that serves no more."""
    now = timezone.now()
    waiting = Training.objects.filter(project=project, outcome=Outcome.CHALLENGER)
    if training is not None:
        won = Training.objects.filter(pk=training.pk)
        won.update(outcome=Outcome.PROMOTED, decided_by=user, decided_at=now)
    waiting.update(outcome=Outcome.KEPT_OLD, reason=SUPERSEDED, decided_by=user, decided_at=now)


def keep_old(training: Training, user: User | None) -> None:
    """A person decides against the challenger. Raises PromotionRefused when it does not wait any more."""
    waiting = Training.objects.filter(pk=training.pk, outcome=Outcome.CHALLENGER)
    if not waiting.update(outcome=Outcome.KEPT_OLD, decided_by=user, decided_at=timezone.now()):
        raise PromotionRefused("decided", _("This was decided before. Nothing was changed."))


def roll_back(project: Project, user: User | None, *, expected: int | None = None) -> Promotion:
    """Back to the model before this one, and to the confidence that held just before this one came, at once; where that
    was not recorded, the confidence stays. ``expected``: id of the newest Promotion that the person saw; a
    second click, or somebody else's, changes nothing. Raises PromotionRefused."""
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        rows = list(history_of(locked))
        if expected is not None and (not rows or rows[-1].pk != expected):
            raise PromotionRefused(
                "changed", _("Somebody has changed the model meanwhile. Look again. Nothing was changed.")
            )
        back, undone = step_back(rows)
        if back is None:
            raise PromotionRefused("nothing", _("There is no earlier model to go back to."))
        [version_id] = back
        version = ModelVersion.objects.filter(pk=version_id).first() if version_id else None
        if version is not None:
            check_usable(locked, version)
        promotion = _change(
            locked,
            version,
            user=user,
            kind=Promotion.Kind.ROLLBACK,
            training=None,
            reason="",
            confidence=undone.confidence_before if undone is not None else None,
        )
        close_trainings(locked, None, user)
    project.model_version, project.confidence = version, locked.confidence
    return promotion


def history_of(project: Project) -> QuerySet[Promotion]:
    """The oldest first."""
    return Promotion.objects.filter(project=project).order_by("pk").select_related("model_version")


def model_before(rows: Sequence[Promotion]) -> tuple[int | None] | None:
    """The id of the model to go back to, in a tuple: (None,) is the default of this installation, None is nothing."""
    return step_back(rows)[0]


def step_back(rows: Sequence[Promotion]) -> tuple[tuple[int | None] | None, Promotion | None]:
    """As ``model_before``, and which promotion that takes back; None where a change had no row.

    A promotion adds a model, going back takes one away: whoever goes back twice is two models back, and not where they
    were.
    """
    if not rows:
        return None, None
    stack: list[tuple[int | None, Promotion | None]] = [(rows[0].previous_id, None)]
    for row in rows:
        if stack[-1][0] != row.previous_id:  # somebody changed it in the admin
            stack.append((row.previous_id, None))
        if row.kind != Promotion.Kind.ROLLBACK:
            stack.append((row.model_version_id, row))
        elif len(stack) > 1:
            stack.pop()
    return ((stack[-2][0],), stack[-1][1]) if len(stack) > 1 else (None, None)
