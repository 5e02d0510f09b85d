"""Where several people label independently: how many have labelled a frame, and what its approval still waits for.

The rule holds for a frame of a project in this mode, with two exceptions. A gold frame is what people are measured
with: its boxes are those of a manager, and no merge writes to it. A frame that was complete before the mode was
switched on was labelled under another rule. Both are decided about as with one reviewer.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Frame, Membership, Project, StatusChange

FEWEST = 2
"""People whose labels can be compared and merged, in any mode."""
Mode = Project.ReviewMode


@dataclass(frozen=True, slots=True)
class Labelled:
    """``wanted``: people whom the project asks for. ``asked``: who have a copy of the frame; ``done``: who completed it
    there. ``merged_from``: whose labels were merged into it, 0 for none; they count even if their copies are gone."""

    wanted: int
    asked: int
    done: int
    merged_from: int

    @property
    def people(self) -> int:
        return max(self.done, self.merged_from)

    @property
    def is_enough(self) -> bool:
        return self.people >= self.wanted and self.merged_from > 0


def wanted_in(project: Project) -> int:
    """How many people label an image before their labels are merged."""
    return project.annotators_per_image if project.review == Mode.CONSENSUS else FEWEST


def since(mode: str, project: Project) -> datetime | None:
    """What ``consensus_since`` is once the stored project is in this mode."""
    is_switched_on = mode == Mode.CONSENSUS and project.review != Mode.CONSENSUS
    return timezone.now() if is_switched_on else project.consensus_since


def bound(frames: QuerySet[Frame]) -> QuerySet[Frame]:
    """Those for which the rule holds."""
    began = "project__consensus_since"
    completed = StatusChange.objects.filter(frame=OuterRef("pk"), after=Frame.Status.COMPLETE)
    is_recorded = Exists(completed) | ~Q(status__in=Frame.DONE)
    return frames.filter(
        ~Exists(completed.filter(created_at__lt=OuterRef(began))),
        Q(**{f"{began}__isnull": True}) | is_recorded | Q(created_at__gte=F(began)),
        project__review=Mode.CONSENSUS,
        is_gold=False,
    )


def labelled_for(frames: Iterable[Frame]) -> dict[int, Labelled]:
    """By id of the frame, of those for which the rule holds. Two queries, none where no project is in this mode."""
    in_mode = [frame for frame in frames if frame.project.review == Mode.CONSENSUS]
    if not in_mode:
        return {}
    rows = Frame.everything.filter(pk__in=[frame.pk for frame in in_mode])
    held = set(bound(rows).order_by().values_list("pk", flat=True))
    shown = [frame for frame in in_mode if frame.pk in held]
    copies = copies_in(shown)
    return {frame.pk: labelled(frame, copies[frame.project_id, frame.original_md5]) for frame in shown}


def labelled(frame: Frame, copies: dict[int, bool]) -> Labelled:
    wanted = frame.project.annotators_per_image
    return Labelled(wanted, len(copies), sum(copies.values()), frame.merged_from)


def copies_in(frames: Iterable[Frame]) -> dict[tuple[int, str], dict[int, bool]]:
    """By project and original: of each person who has a copy of it, whether they completed it. As agreement.comparing
    has it: archived copies do not count, nor a copy whose person was taken out of it."""
    found: dict[tuple[int, str], dict[int, bool]] = defaultdict(dict)
    originals = {(frame.project_id, frame.original_md5) for frame in frames}
    rows = Frame.objects.filter(
        project__copy_of__in={project for project, _original in originals},
        project__archived_at__isnull=True,
        project__memberships__role=Membership.Role.ANNOTATOR,
        original_md5__in={original for _project, original in originals},
    ).order_by("-project__memberships__pk")
    names = ("project__copy_of", "original_md5", "status", "project__memberships__user")
    one_each = {pk: rest for pk, *rest in rows.values_list("pk", *names)}  # of two people the first who came
    for project, original, status, user in one_each.values():
        found[project, original][user] = found[project, original].get(user, False) or status in Frame.DONE
    return found


def people_text(found: Labelled) -> str:
    return _("%(done)s of %(wanted)s people have labelled it") % {
        "done": found.people,
        "wanted": found.wanted,
    }


def what_is_missing(found: Labelled) -> str:
    """For the reviewer, before it can be approved; empty when nothing is."""
    if found.is_enough:
        return ""
    steps = [f"{people_text(found)}."]
    if found.people < found.wanted:
        is_asked = found.asked >= found.wanted
        steps.append(
            _("The others have to complete it in their copies first.")
            if is_asked
            else _("A manager has to ask more people for it, on the page “Agreement”.")
        )
    if not found.merged_from:
        steps.append(
            _(
                "Their labels are not merged into it: return the image, remove what was drawn on it, and merge on the "
                "page “Agreement”."
            )
        )
    return " ".join(steps)
