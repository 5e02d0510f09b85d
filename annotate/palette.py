"""Colours where nobody chooses: of a new label, with its digit, and of people."""

from .models import Label, Project

# Okabe and Ito's palette, then an extension that stays apart under the common forms of colour blindness.
PALETTE = [
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#f0e442",
    "#0072b2",
    "#d55e00",
    "#cc79a7",
    "#999999",
    "#882255",
    "#44aa99",
    "#ddcc77",
    "#332288",
    "#aa4499",
    "#117733",
    "#88ccee",
    "#cc6677",
]
DIGITS = "1234567890"
PEOPLE = [
    "#c2255c",
    "#6741d9",
    "#0b7285",
    "#a61e4d",
    "#5c7a00",
    "#1864ab",
    "#9c36b5",
    "#b04a00",
    "#2b6e3f",
    "#7a4a2b",
]
"""The same as in the editor (renderer/colors.js): a person has one colour everywhere."""


def new_label(project: Project) -> Label:
    """An unsaved label with the first free colour and digit."""
    labels = list(project.labels.all())
    used_colors = {label.color.lower() for label in labels}
    used_keys = {label.key for label in labels}
    return Label(
        project=project,
        color=next((color for color in PALETTE if color not in used_colors), PALETTE[len(labels) % 16]),
        key=next((digit for digit in DIGITS if digit not in used_keys), ""),
    )


def person_color(user: int) -> str:
    """``user``: id."""
    return PEOPLE[user % len(PEOPLE)]
