"""What happens in the product, told inside the transaction that does it. Sent explicitly, from named places only.

A receiver may write rows and nothing else: whoever edits waits for it, and what it raises undoes the edit. Slow work
follows from those rows (annotate.tracking).
"""

from django.dispatch import Signal

operations_committed = Signal()
"""By sync.submit. ``frame``: CommittedFrame; ``operations``: list of OperationRow, in order; ``boxes``: BoxState by id,
as they are now; ``judged``: list of ProposalRow that changed."""

detection_finished = Signal()
"""By jobs.detect. ``detection``: Detection, with ``finished_at`` set."""

feedback_given = Signal()
"""By sync.submit, once for every change, in order. ``frame``: CommittedFrame; ``whose``: opinion_rows.Whose, a person
on a detection; ``opinion``: operations.Opinion, without ``feedback`` where it was taken back."""

detection_asked = Signal()
"""By jobs.detect. ``detection``: Detection, just stored; ``model_version`` is loaded."""

status_changed = Signal()
"""By annotate.frames. ``frame``: Frame, with its new status; ``user``: who, or None; ``at``: datetime;
``is_import``: whether a file said so, and not that person."""

session_ended = Signal()
"""By tracking.visits. ``session``: AnnotationSession, with ``ended_at`` and ``end``."""

dataset_versioned = Signal()
"""By datasets.snapshot. ``version``: DatasetVersion, just stored."""

training_finished = Signal()
"""By jobs.train. ``training``: Training, with ``finished_at`` set, whether or not a model came out."""

machine_measured = Signal()
"""By jobs.training_course, while a training goes on. ``training``: Training; ``samples``: list of
jobs.progress.Sample, in order. After an interruption some may come again."""

model_promoted = Signal()
"""By learning.promotion. ``promotion``: Promotion, just stored."""

frame_reviewed = Signal()
"""By review.deciding. ``review``: Review, just stored; its frame has the new status."""

job_finished = Signal()
"""By jobs.queue. ``job``: Job, as it ended: done, failed or cancelled."""
