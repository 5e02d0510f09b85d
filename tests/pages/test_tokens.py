"""The colours of the tokens can be read by everybody: WCAG contrast, computed from OKLCH."""

import math
import re

import pytest
from django.conf import settings

Tokens = dict[str, tuple[float, float, float]]
BLOCK = re.compile(r"(:root[^{]*)\{([^}]*)\}")
COLOR = re.compile(r"--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\);")


def themes() -> dict[str, Tokens]:
    text = (settings.BASE_DIR / "frontend/css/tokens.css").read_text()
    found: dict[str, Tokens] = {}
    for selector, body in BLOCK.findall(text):
        colors = {name: (float(a), float(b), float(c)) for name, a, b, c in COLOR.findall(body)}
        if colors:
            name = re.search(r'data-theme="(\w+)"', selector)
            found[name.group(1) if name else "light"] = colors
    return found


def luminance(color: tuple[float, float, float]) -> float:
    """Relative luminance of an OKLCH colour: OKLab to linear sRGB (Ottosson), clipped, WCAG weights."""
    lightness, chroma, hue = color
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, each)) for each in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


TEXT_PAIRS = [
    *((text, on) for text in ("text", "text-quiet", "bad") for on in ("panel", "raised", "surround")),
    *((text, on) for text in ("accent", "ok", "warn") for on in ("panel", "raised")),
    ("accent-text", "accent"),
    ("accent-text", "accent-strong"),
]
EDGE_PAIRS = [("line-strong", "panel"), ("line-strong", "raised"), ("accent", "surround"), ("ok", "surround")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "on"), TEXT_PAIRS)
def test_text_reaches_aa(theme: str, text: str, on: str) -> None:
    tokens = themes()[theme]
    assert contrast(tokens[text], tokens[on]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "on"), EDGE_PAIRS)
def test_edges_of_controls_reach_three_to_one(theme: str, edge: str, on: str) -> None:
    tokens = themes()[theme]
    assert contrast(tokens[edge], tokens[on]) >= 3


def test_black_on_white_is_21_to_1() -> None:
    assert contrast((0, 0, 0), (1, 0, 0)) == pytest.approx(21, abs=0.01)


def test_the_dark_of_the_system_is_the_chosen_dark() -> None:
    assert themes()["system"] == themes()["dark"]
    assert set(themes()["dark"]) == set(themes()["light"])
