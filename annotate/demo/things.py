"""The things that stand in a scene, each painted at a ground line and returned with the edges it covers."""

from .paint import Canvas, Color, Edges, mix, shade

CAR_COLORS: list[Color] = [
    (176, 42, 40), (38, 78, 140), (222, 224, 226), (58, 62, 68), (206, 168, 60), (70, 122, 98),
    (150, 156, 164),
]  # fmt: skip
CLOTHES: list[Color] = [
    (186, 66, 58), (52, 92, 150), (226, 186, 76), (66, 116, 84), (120, 74, 132), (232, 228, 220), (46, 50, 58)
]  # fmt: skip
SKIN: list[Color] = [(241, 205, 176), (214, 164, 124), (160, 108, 74), (104, 68, 48)]
GLASS: Color = (96, 118, 136)
RUBBER: Color = (28, 29, 32)


def car(canvas: Canvas, x: float, ground: float, length: float, *, lights: bool) -> Edges:
    """A car from the side, its left bumper at ``x``."""
    color = canvas.rng.choice(CAR_COLORS)
    facing = canvas.rng.choice([1, -1])
    h = length * 0.34
    wheel = length * 0.085
    top, sill = ground - h, ground - wheel * 0.9

    def at(share: float) -> float:
        return x + length * (share if facing == 1 else 1 - share)

    body = [(at(0), sill - h * 0.12), (at(0.02), ground - h * 0.52), (at(0.18), ground - h * 0.6),
            (at(0.78), ground - h * 0.6), (at(0.97), ground - h * 0.48), (at(1), sill - h * 0.1),
            (at(0.98), sill), (at(0.02), sill)]  # fmt: skip
    roof = [(at(0.14), ground - h * 0.58), (at(0.28), top), (at(0.6), top), (at(0.8), ground - h * 0.58)]
    canvas.polygon(roof, shade(color, 0.92))
    canvas.polygon(body, color)
    canvas.polygon(
        [(at(0), sill - h * 0.12), (at(1), sill - h * 0.1), (at(0.98), sill), (at(0.02), sill)],
        shade(color, 0.62),
    )
    canvas.line([(at(0.03), ground - h * 0.5), (at(0.95), ground - h * 0.46)], shade(color, 1.25), h * 0.03)
    glass = mix(GLASS, (255, 214, 140), 0.5 if lights else 0)
    canvas.polygon(
        [
            (at(0.19), ground - h * 0.6),
            (at(0.3), top + h * 0.07),
            (at(0.43), top + h * 0.07),
            (at(0.43), ground - h * 0.6),
        ],
        glass,
    )
    canvas.polygon(
        [
            (at(0.46), ground - h * 0.6),
            (at(0.46), top + h * 0.07),
            (at(0.585), top + h * 0.07),
            (at(0.74), ground - h * 0.6),
        ],
        shade(glass, 1.1),
    )
    for share in (0.2, 0.8):
        canvas.disc(at(share), ground - wheel, wheel * 1.12, shade(color, 0.35))
        canvas.disc(at(share), ground - wheel, wheel, RUBBER)
        canvas.disc(at(share), ground - wheel, wheel * 0.55, (150, 152, 156))
    canvas.disc(at(0.965), ground - h * 0.42, h * 0.06, (255, 246, 210) if lights else (226, 228, 220))
    canvas.disc(at(0.03), ground - h * 0.42, h * 0.05, (220, 40, 34) if lights else (150, 34, 32))
    return Edges("car", x, top, x + length, ground)


def bus(canvas: Canvas, x: float, ground: float, length: float, *, lights: bool) -> Edges:
    color = canvas.rng.choice([(200, 62, 44), (44, 104, 152), (222, 160, 48)])
    h = length * 0.34
    wheel = length * 0.05
    top = ground - h
    canvas.box(x, top, x + length, ground - wheel * 0.8, color, radius=length * 0.025)
    canvas.box(x, ground - h * 0.4, x + length, ground - h * 0.33, (240, 238, 232))
    glass = (255, 224, 160) if lights else (84, 104, 120)
    for index in range(6):
        left = x + length * (0.03 + index * 0.135)
        canvas.box(left, top + h * 0.14, left + length * 0.115, ground - h * 0.45, glass, radius=2)
    canvas.box(
        x + length * 0.86,
        top + h * 0.12,
        x + length * 0.97,
        ground - wheel * 1.5,
        shade(glass, 0.85),
        radius=2,
    )
    for share in (0.18, 0.74):
        canvas.disc(x + length * share, ground - wheel, wheel, RUBBER)
        canvas.disc(x + length * share, ground - wheel, wheel * 0.5, (150, 152, 156))
    return Edges("bus", x, top, x + length, ground)


def person(canvas: Canvas, x: float, ground: float, height: float) -> Edges:
    """Somebody walking; ``x`` is the middle."""
    rng = canvas.rng
    skin, coat, trousers = rng.choice(SKIN), rng.choice(CLOTHES), shade(rng.choice(CLOTHES), 0.6)
    stride = height * rng.uniform(0.05, 0.14)
    hip, shoulder = ground - height * 0.46, ground - height * 0.82
    w = height * 0.12
    canvas.line(
        [(x, hip), (x - stride * 0.4, ground - height * 0.23), (x - stride, ground - height * 0.02)],
        shade(trousers, 0.8),
        w * 0.62,
    )
    canvas.line(
        [(x, hip), (x + stride * 0.8, ground - height * 0.22), (x + stride * 0.9, ground - height * 0.02)],
        trousers,
        w * 0.66,
    )
    canvas.box(
        x - stride - w * 0.3, ground - height * 0.03, x - stride + w * 0.5, ground, (40, 36, 34), radius=1
    )
    canvas.box(
        x + stride * 0.9 - w * 0.3,
        ground - height * 0.03,
        x + stride * 0.9 + w * 0.5,
        ground,
        (40, 36, 34),
        radius=1,
    )
    canvas.box(x - w, shoulder, x + w, hip + height * 0.03, coat, radius=w * 0.6)
    canvas.box(x - w, shoulder, x - w * 0.3, hip + height * 0.03, shade(coat, 0.8), radius=w * 0.4)
    canvas.line(
        [
            (x + w * 0.6, shoulder + w * 0.5),
            (x + stride * 0.7, hip - height * 0.06),
            (x + stride, hip + height * 0.03),
        ],
        shade(coat, 0.88),
        w * 0.5,
    )
    canvas.disc(x + stride, hip + height * 0.04, w * 0.24, skin)
    canvas.disc(x + w * 0.05, ground - height * 0.9, w * 0.62, skin, ry=w * 0.74)
    canvas.disc(
        x - w * 0.08,
        ground - height * 0.935,
        w * 0.62,
        rng.choice([(44, 34, 28), (92, 62, 38), (190, 150, 90), (120, 120, 124)]),
        ry=w * 0.5,
    )
    reach = max(w, stride + w * 0.5)
    return Edges("person", x - reach, ground - height * 0.98, x + reach, ground)


def bicycle(canvas: Canvas, x: float, ground: float, length: float) -> list[Edges]:
    """A bicycle and the person on it; ``x`` is its left end."""
    rng = canvas.rng
    r = length * 0.2
    back, front = (x + r, ground - r), (x + length - r, ground - r)
    seat, bar, pedal = (
        (x + length * 0.36, ground - r * 2.5),
        (x + length * 0.7, ground - r * 2.6),
        (x + length * 0.45, ground - r),
    )
    skin, coat = rng.choice(SKIN), rng.choice(CLOTHES)
    head = (x + length * 0.5, ground - length * 1.02)
    hip, shoulder = (seat[0], seat[1] - r * 0.2), (x + length * 0.47, ground - length * 0.84)
    canvas.line(
        [hip, (x + length * 0.56, ground - r * 1.9), (pedal[0], ground - r * 0.5)],
        shade(rng.choice(CLOTHES), 0.55),
        r * 0.36,
    )
    for hub in (back, front):
        canvas.ring(*hub, r, RUBBER, length * 0.022)
        canvas.ring(*hub, r * 0.86, (150, 152, 156), length * 0.006)
    frame = rng.choice(CAR_COLORS)
    for a, b in ((back, seat), (back, pedal), (seat, pedal), (pedal, bar), (seat, bar), (bar, front)):
        canvas.line([a, b], frame, length * 0.022)
    canvas.line([hip, shoulder], coat, r * 0.66)
    canvas.line([shoulder, (x + length * 0.62, ground - r * 3.0), bar], shade(coat, 0.85), r * 0.26)
    canvas.disc(*head, r * 0.42, skin, ry=r * 0.5)
    canvas.disc(head[0] - r * 0.05, head[1] - r * 0.2, r * 0.46, rng.choice(CAR_COLORS), ry=r * 0.34)
    return [
        Edges("bicycle", x, ground - r * 2.75, x + length, ground),
        Edges("person", x + length * 0.3, head[1] - r * 0.55, bar[0] + r * 0.15, ground - r * 0.4),
    ]


def dog(canvas: Canvas, x: float, ground: float, length: float) -> Edges:
    color = canvas.rng.choice([(120, 84, 52), (54, 48, 44), (206, 184, 150), (160, 110, 64)])
    h = length * 0.66
    for share, tone in ((0.2, 0.8), (0.3, 1), (0.62, 0.8), (0.72, 1)):
        canvas.line(
            [(x + length * share, ground - h * 0.42), (x + length * share, ground)],
            shade(color, tone),
            length * 0.07,
        )
    canvas.box(
        x + length * 0.14, ground - h * 0.72, x + length * 0.78, ground - h * 0.34, color, radius=h * 0.17
    )
    canvas.line(
        [(x + length * 0.17, ground - h * 0.62), (x + length * 0.02, ground - h * 0.92)], color, length * 0.05
    )
    canvas.line(
        [(x + length * 0.72, ground - h * 0.6), (x + length * 0.82, ground - h * 0.84)], color, length * 0.15
    )
    canvas.disc(x + length * 0.85, ground - h * 0.84, length * 0.1, color)
    canvas.box(
        x + length * 0.86, ground - h * 0.86, x + length, ground - h * 0.72, shade(color, 0.9), radius=2
    )
    canvas.polygon(
        [
            (x + length * 0.78, ground - h * 0.9),
            (x + length * 0.8, ground - h * 0.62),
            (x + length * 0.86, ground - h * 0.86),
        ],
        shade(color, 0.6),
    )
    return Edges("dog", x, ground - h, x + length, ground)


def sailboat(canvas: Canvas, x: float, water: float, length: float) -> Edges:
    hull = canvas.rng.choice([(236, 236, 232), (36, 64, 104), (150, 44, 40), (40, 92, 88)])
    height = length * canvas.rng.uniform(1.25, 1.5)
    mast = x + length * 0.46
    deck = water - length * 0.14
    canvas.line([(mast, deck), (mast, water - height)], (120, 96, 70), length * 0.018)
    sail = canvas.rng.choice([(246, 242, 230), (246, 242, 230), (214, 120, 70)])
    canvas.polygon(
        [
            (mast + length * 0.02, water - height + 3),
            (mast + length * 0.02, deck - length * 0.06),
            (x + length * 0.92, deck - length * 0.06),
        ],
        sail,
    )
    canvas.polygon(
        [
            (mast - length * 0.03, water - height * 0.9),
            (mast - length * 0.03, deck - length * 0.04),
            (x + length * 0.08, deck - length * 0.04),
        ],
        shade(sail, 0.9),
    )
    canvas.polygon(
        [(x, deck), (x + length, deck), (x + length * 0.88, water), (x + length * 0.14, water)], hull
    )
    canvas.polygon(
        [
            (x + length * 0.07, water - length * 0.05),
            (x + length * 0.94, water - length * 0.05),
            (x + length * 0.88, water),
            (x + length * 0.14, water),
        ],
        shade(hull, 0.68),
    )
    return Edges("boat", x, water - height, x + length, water)


def motorboat(canvas: Canvas, x: float, water: float, length: float) -> Edges:
    hull = canvas.rng.choice([(240, 240, 238), (44, 84, 132), (196, 70, 52), (60, 70, 80)])
    deck, top = water - length * 0.17, water - length * 0.36
    canvas.polygon(
        [
            (x + length * 0.28, deck),
            (x + length * 0.34, top),
            (x + length * 0.62, top),
            (x + length * 0.74, deck),
        ],
        (236, 236, 234),
    )
    canvas.polygon(
        [
            (x + length * 0.5, deck - 1),
            (x + length * 0.5, top + length * 0.04),
            (x + length * 0.6, top + length * 0.04),
            (x + length * 0.68, deck - 1),
        ],
        GLASS,
    )
    canvas.box(
        x + length * 0.34, deck - length * 0.12, x + length * 0.46, deck - length * 0.04, GLASS, radius=1
    )
    canvas.polygon(
        [
            (x, deck + length * 0.01),
            (x + length, deck - length * 0.04),
            (x + length * 0.86, water),
            (x + length * 0.03, water),
        ],
        hull,
    )
    canvas.line(
        [(x + 2, deck + length * 0.05), (x + length * 0.95, deck + length * 0.01)],
        shade(hull, 0.6),
        length * 0.02,
    )
    return Edges("boat", x, top, x + length, water)


def tree(canvas: Canvas, x: float, ground: float, height: float, leaf: Color) -> None:
    """Not annotated: part of the scenery."""
    rng = canvas.rng
    canvas.polygon(
        [
            (x - height * 0.03, ground),
            (x - height * 0.015, ground - height * 0.5),
            (x + height * 0.015, ground - height * 0.5),
            (x + height * 0.03, ground),
        ],
        (82, 62, 46),
    )
    for tone, lift, spread in ((0.7, 0.0, 0.24), (0.88, 0.04, 0.22), (1.08, 0.1, 0.17)):
        for _ in range(26):
            dx, dy = rng.gauss(0, height * spread * 0.5), rng.gauss(0, height * spread * 0.55)
            r = height * rng.uniform(0.05, 0.1)
            canvas.disc(
                x + dx - height * lift * 0.4,
                ground - height * (0.66 + lift) + dy,
                r,
                shade(leaf, tone * rng.uniform(0.92, 1.08)),
            )
