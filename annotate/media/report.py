"""What became of the files of one archive, video or folder: counts, and the first refusals by name."""

from typing import TypedDict

from .ingest import AddedFrame
from .refusals import MESSAGES, Refusal

LISTED = 200


class RefusedFile(TypedDict):
    name: str
    code: str
    values: dict[str, str]


class ReportData(TypedDict):
    added: int
    duplicates: int
    refused: int
    left_out: int
    refusals: list[RefusedFile]


class Report:
    """``source_id``: its frames count as added also when an earlier, interrupted attempt added them; None: only
    what is new now counts."""

    def __init__(self, source_id: int | None = None) -> None:
        self.source_id = source_id
        self.seen: set[int] = set()
        self.data = ReportData(added=0, duplicates=0, refused=0, left_out=0, refusals=[])

    def add(self, name: str, outcome: AddedFrame | Refusal) -> None:
        if isinstance(outcome, Refusal):
            self.refuse(name, outcome)
        elif outcome.frame.pk not in self.seen and (
            outcome.is_new or outcome.frame.source_id == self.source_id
        ):
            self.seen.add(outcome.frame.pk)
            self.data["added"] += 1
        else:
            self.data["duplicates"] += 1

    def refuse(self, name: str, refusal: Refusal) -> None:
        self.data["refused"] += 1
        if len(self.data["refusals"]) < LISTED:
            self.data["refusals"].append(
                RefusedFile(name=name[:255], code=refusal.code, values=refusal.values)
            )

    def leave_out(self) -> None:
        """A file that is no image and does not try to be one."""
        self.data["left_out"] += 1


def message_of(refused: RefusedFile) -> str:
    """The text in the language that is active now; of a code from another version, the code."""
    if refused["code"] not in MESSAGES:
        return refused["code"]
    return Refusal(refused["code"], refused["values"]).message
