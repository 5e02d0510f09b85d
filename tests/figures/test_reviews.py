"""Whose work was right at once: the first review of each frame, and nobody else's figures for annotators."""

from annotate.figures.reviews import Verdicts, verdicts_by_person
from annotate.frames import set_status
from annotate.models import Frame

from .factory import Lab, rows_of


def completed(lab: Lab, who: str) -> Frame:
    frame = lab.world.frame()
    lab.complete(frame, who)
    return frame


def by_name(lab: Lab, reader: str | None = None) -> dict[str, Verdicts]:
    people = {user.pk: who for who, user in lab.world.people.items()}
    return {people[user]: one for user, one in verdicts_by_person(lab.choice(reader)).items()}


def test_the_first_review_counts_for_whoever_had_completed_it(lab: Lab) -> None:
    lab.review(completed(lab, "annotator"), "approved")
    again = completed(lab, "annotator")
    lab.review(again, "returned")
    set_status(again.pk, Frame.Status.RETURNED, lab.world.people["reviewer"])
    lab.complete(again, "second")
    lab.review(again, "approved", "owner")
    lab.review(completed(lab, "second"), "approved", "owner")
    assert by_name(lab) == {
        "annotator": Verdicts(1, 1, 0),
        "second": Verdicts(1, 0, 0),
        "reviewer": Verdicts(0, 0, 2),
        "owner": Verdicts(0, 0, 2),
    }
    assert by_name(lab)["annotator"].first_pass == 0.5
    assert by_name(lab)["owner"].first_pass is None


def test_what_a_merge_completed_is_nobodys_work(lab: Lab) -> None:
    frame = lab.world.frame()
    set_status(frame.pk, Frame.Status.COMPLETE, None)
    lab.review(frame, "returned")
    assert by_name(lab) == {"reviewer": Verdicts(0, 0, 1)}


def test_what_an_import_completed_is_nobodys_work(lab: Lab) -> None:
    frame = lab.world.frame()
    set_status(frame.pk, Frame.Status.COMPLETE, lab.world.people["owner"], is_import=True)
    lab.review(frame, "approved")
    assert by_name(lab) == {"reviewer": Verdicts(0, 0, 1)}


def test_annotators_see_their_own_alone(lab: Lab) -> None:
    lab.review(completed(lab, "annotator"), "returned")
    lab.review(completed(lab, "second"), "approved")
    assert by_name(lab, "annotator") == {"annotator": Verdicts(0, 1, 0)}
    [row] = rows_of(lab.figure("reviews", "annotator"))
    assert (row["person"], row["first_pass"], row["given"]) == ("Annotator", 0.0, 0)
