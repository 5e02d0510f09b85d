"""The labels of a project, and what was changed about them. A label that has boxes is never deleted, only set aside."""

from datetime import datetime
from typing import Annotated, Literal

from django.forms import model_to_dict
from django.utils.translation import gettext as _
from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from ..access import Role
from ..actions import labels as acting
from ..forms import LabelForm
from ..labels.history import Entry, entries
from ..labels.taking_back import TakeBackRefused, take_back
from ..models import Label, Project
from .calls import Call, Problem, missing, refused_by
from .paging import Page, PageQuery, rows_of
from .routes import route

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Color = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$")]
Key = Literal["", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]


class LabelInfo(Struct):
    """``key``: the digit that chooses it in the editor, or nothing. An inactive label keeps its boxes but cannot be
    given to new ones."""

    id: int
    name: str
    color: str
    key: str
    position: int
    is_active: bool


class NewLabel(Struct, forbid_unknown_fields=True):
    """Left out, colour and key are the first free ones."""

    name: Name
    color: Color | UnsetType = UNSET
    key: Key | UnsetType = UNSET


class LabelChange(Struct, forbid_unknown_fields=True):
    """``move``: one place up or down in the list."""

    name: Name | UnsetType = UNSET
    color: Color | UnsetType = UNSET
    key: Key | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    move: Literal["up", "down"] | UnsetType = UNSET


class LabelStep(Struct):
    """One change of labels. ``words``: what became of what, in the language of the request. ``takes_back``: the step
    that it undid. ``may_take_back``: nobody changed the same since."""

    id: int
    words: list[str]
    by: int | None
    at: datetime
    takes_back: int | None
    may_take_back: bool


def step_info(entry: Entry) -> LabelStep:
    row = entry.row
    return LabelStep(row.pk, entry.words, row.user_id, row.created_at, row.takes_back_id, entry.may)


def info_of(label: Label) -> LabelInfo:
    return LabelInfo(label.pk, label.name, label.color, label.key, label.position, label.is_active)


@route("GET", "projects/<id:project_id>/labels", role=Role.VIEWER)
def list_labels(call: Call, project: Project, query: PageQuery) -> Page[LabelInfo]:
    """In their order."""
    found, following = rows_of(project.labels.all(), query, "position", "pk")
    return Page([info_of(one) for one in found], following)


@route("POST", "projects/<id:project_id>/labels", role=Role.MANAGER, status=201)
def create_label(call: Call, project: Project, body: NewLabel) -> LabelInfo:
    """A new label, last in the order."""
    label = acting.new_label(project)
    form = LabelForm({"color": label.color, "key": label.key, **to_builtins(body)}, instance=label)
    label.position = acting.last_position(project) + 1
    return saved(call, form)


def saved(call: Call, form: LabelForm) -> LabelInfo:
    if not (form.is_valid() and acting.save(form, call.user)):
        raise refused_by(form)
    return info_of(form.instance)


def label_in(project: Project, label_id: int) -> Label:
    label = project.labels.filter(pk=label_id).first()
    if label is None:
        raise missing()
    return label


@route("PATCH", "projects/<id:project_id>/labels/<id:label_id>", role=Role.MANAGER)
def change_label(call: Call, project: Project, label_id: int, body: LabelChange) -> LabelInfo:
    """Changes a label; its boxes stay what they are."""
    label = label_in(project, label_id)
    present = model_to_dict(label, fields=list(LabelForm.base_fields))
    form = LabelForm({**present, **to_builtins(body)}, instance=label)
    if isinstance(body.is_active, bool):
        label.is_active = body.is_active
    saved(call, form)
    if isinstance(body.move, str):
        acting.move(project, label, -1 if body.move == "up" else 1, call.user)
    label.refresh_from_db()
    return info_of(label)


@route(
    "DELETE",
    "projects/<id:project_id>/labels/<id:label_id>",
    role=Role.MANAGER,
    also={409: "The label has boxes, or a detection has used it."},
)
def delete_label(call: Call, project: Project, label_id: int) -> None:
    """Deletes a label that never had a box."""
    label = label_in(project, label_id)
    name = label.name
    if not acting.delete(label, call.user):
        detail = _("“%(name)s” has boxes, so it was not deleted. Deactivate it instead.") % {"name": name}
        raise Problem(409, detail, code="in_use")


@route("GET", "projects/<id:project_id>/labels/history", role=Role.MANAGER)
def list_label_steps(call: Call, project: Project, query: PageQuery) -> Page[LabelStep]:
    """What was changed about the labels, the newest first."""
    found, following = rows_of(project.label_changes.all(), query, "-pk")
    return Page([step_info(one) for one in entries(project.pk, found)], following)


@route(
    "POST",
    "projects/<id:project_id>/labels/history/<id:step_id>/take-back",
    role=Role.MANAGER,
    status=201,
    also={409: "Somebody changed the same since, or another label or boxes are in the way."},
)
def take_back_label_step(call: Call, project: Project, step_id: int) -> LabelStep:
    """Undoes one change of labels, by another one of mine. A deleted label comes back under its id."""
    row = project.label_changes.filter(pk=step_id).first()
    if row is None:
        raise missing()
    try:
        undo = take_back(row, call.user)
    except TakeBackRefused as refused:
        raise Problem(409, str(refused), code="changed") from refused
    [entry] = entries(project.pk, [undo])
    return step_info(entry)
