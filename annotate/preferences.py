"""What a person has chosen for the editor: keys and view. Kept with the account, so that it follows to every machine.

The editor checks that keys make sense together (frontend/src/input/keymap.js); here only the shape is checked.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from .models import User

CommandId: TypeAlias = Annotated[str, Meta(max_length=64, pattern=r"\A[a-z0-9.-]+\Z")]
Key: TypeAlias = Annotated[str, Meta(min_length=1, max_length=40)]
Keys: TypeAlias = Annotated[list[Key], Meta(max_length=4)]


class EditorPreferences(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """``keys``: per command its keys where they differ from the preset; an empty list means none."""

    preset: Literal["ours", "cvat", "labelstudio", "labelimg"] = "ours"
    keys: Annotated[dict[CommandId, Keys], Meta(max_length=200)] = {}
    single_keys: bool = True
    show_cursors: bool = True
    show_crosshair: bool = True
    keep_zoom: bool = False
    smooth_pixels: bool = False
    announce: Literal["all", "own", "none"] = "all"
    panel_width: Annotated[int, Meta(ge=200, le=640)] = 300
    show_film: bool = True
    show_strip: bool = True
    audit: bool = False


def stored_for(user: User) -> EditorPreferences:
    """What is stored and not understood (an older or newer version) counts as unset."""
    try:
        return msgspec.convert(user.editor, type=EditorPreferences)
    except msgspec.ValidationError:
        return EditorPreferences()


def preferences_of(user: User) -> dict[str, Any]:
    """All fields, defaults included."""
    stored = stored_for(user)
    return {name: msgspec.to_builtins(getattr(stored, name)) for name in stored.__struct_fields__}


def store(user: User, preferences: EditorPreferences) -> None:
    User.objects.filter(pk=user.pk).update(editor=msgspec.to_builtins(preferences))
