"""Twelve pictures to annotate: street, park and harbour, each in four kinds of light."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from PIL import Image

from .paint import HEIGHT, WIDTH, Canvas, Color, Edges, mix, shade
from .things import bicycle, bus, car, dog, motorboat, person, sailboat, tree


@dataclass(frozen=True, slots=True)
class Light:
    """A time of day: the colours of sky, leaves and everything, and the grain of the camera."""

    sky: Color
    horizon: Color
    leaf: Color
    tint: Color
    is_dark: bool
    grain: float


LIGHTS: dict[str, Light] = {
    "noon": Light((92, 150, 214), (206, 226, 240), (84, 132, 66), (255, 253, 246), False, 3.0),
    "overcast": Light((168, 178, 188), (214, 218, 220), (84, 116, 76), (226, 232, 238), False, 5.0),
    "evening": Light((86, 96, 150), (250, 186, 120), (112, 112, 54), (255, 222, 186), False, 5.0),
    "night": Light((16, 22, 44), (58, 66, 102), (46, 72, 58), (132, 144, 190), True, 8.0),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """``truth`` holds what was drawn, back to front: the answer of an annotator who sees everything."""

    name: str
    image: Image.Image
    truth: list[Edges]


Paint = Callable[[], list[Edges]]
Placed = tuple[float, Paint, tuple[float, float, float, float]]
"""How near (ground line), how to paint it, and its shadow as an ellipse."""


def sky(canvas: Canvas, light: Light, horizon: float) -> None:
    canvas.gradient(0, horizon, light.sky, light.horizon)
    rng = canvas.rng
    if light.is_dark:
        for _ in range(70):
            canvas.disc(
                rng.uniform(0, WIDTH), rng.uniform(0, horizon * 0.8), rng.uniform(0.4, 1.1), (220, 224, 240)
            )
        canvas.soft([(rng.uniform(200, 1000), 110, 34, 34)], 3, (250, 246, 226), 1)
        return
    clouds = []
    for _ in range(5):
        x, y = rng.uniform(0, WIDTH), rng.uniform(40, horizon * 0.6)
        for _ in range(5):
            clouds.append(
                (x + rng.gauss(0, 60), y + rng.gauss(0, 9), rng.uniform(40, 90), rng.uniform(9, 20))
            )
    canvas.soft(clouds, 16, mix(light.horizon, (255, 255, 255), 0.6), 0.7)


def paint_things(canvas: Canvas, things: list[Placed], shadow: float) -> list[Edges]:
    """Shadows first, then the things from far to near."""
    canvas.soft([each[2] for each in things], 5, (14, 16, 22), shadow)
    truth: list[Edges] = []
    for _ground, paint, _shadow in sorted(things, key=lambda each: each[0]):
        truth += paint()
    return truth


def house(canvas: Canvas, x: float, width: float, height: float, ground: float, light: Light) -> None:
    rng = canvas.rng
    wall = rng.choice([(196, 160, 128), (176, 120, 100), (206, 196, 178), (148, 150, 156), (210, 178, 120)])
    canvas.box(x, ground - height, x + width, ground, wall)
    canvas.box(x, ground - height, x + width, ground - height + 8, shade(wall, 0.7))
    canvas.box(x + width * 0.82, ground - height + 8, x + width, ground, shade(wall, 0.9))
    step_x, step_y = 34, 46
    for column in range(int((width - 24) // step_x)):
        for row in range(int((height - 70) // step_y)):
            is_lit = rng.random() < (0.5 if light.is_dark else 0.05)
            glass = (255, 214, 130) if is_lit else (70, 84, 98)
            left, top = x + 16 + column * step_x, ground - height + 24 + row * step_y
            canvas.box(left - 2, top - 2, left + 20, top + 30, shade(wall, 1.15))
            canvas.box(left, top, left + 18, top + 28, glass)
            canvas.line([(left + 9, top), (left + 9, top + 28)], shade(wall, 1.1), 1.2)
    awning = rng.choice([(160, 50, 46), (46, 90, 80), (52, 70, 120), (196, 140, 50)])
    canvas.box(x + 12, ground - 52, x + width - 12, ground, (60, 56, 54))
    canvas.box(
        x + 16, ground - 40, x + width - 16, ground - 4, (255, 220, 150) if light.is_dark else (112, 128, 138)
    )
    canvas.polygon(
        [(x + 8, ground - 54), (x + width - 8, ground - 54), (x + width, ground - 38), (x, ground - 38)],
        awning,
    )


def standing(canvas: Canvas, x: float, ground: float, height: float) -> Placed:
    return (
        ground,
        lambda: [person(canvas, x, ground, height)],
        (x + height * 0.12, ground, height * 0.24, height * 0.045),
    )


def cycling(canvas: Canvas, x: float, ground: float, length: float) -> Placed:
    return (
        ground,
        lambda: bicycle(canvas, x, ground, length),
        (x + length * 0.5, ground, length * 0.5, length * 0.05),
    )


def walking_dog(canvas: Canvas, x: float, ground: float, length: float) -> Placed:
    return (
        ground,
        lambda: [dog(canvas, x, ground, length)],
        (x + length * 0.5, ground, length * 0.45, length * 0.08),
    )


def driving(canvas: Canvas, x: float, ground: float, length: float, light: Light) -> Placed:
    thing = bus if canvas.rng.random() < 0.16 else car
    size = length * (1.7 if thing is bus else 1)
    lights = light.is_dark
    return (
        ground,
        lambda: [thing(canvas, x, ground, size, lights=lights)],
        (x + size * 0.5, ground, size * 0.52, size * 0.035),
    )


def street(canvas: Canvas, light: Light) -> list[Edges]:
    rng = canvas.rng
    horizon = 430
    sky(canvas, light, horizon)
    x = -40.0
    while x < WIDTH:
        width = rng.uniform(130, 230)
        house(canvas, x, width, rng.uniform(210, 380), horizon + 30, light)
        x += width
    canvas.gradient(horizon + 30, 520, (158, 154, 148), (170, 166, 160))
    canvas.box(0, 518, WIDTH, 526, (120, 118, 114))
    canvas.gradient(526, 716, (74, 76, 80), (58, 60, 64))
    for left in range(-40, WIDTH, 150):
        canvas.polygon([(left, 612), (left + 78, 612), (left + 72, 620), (left - 8, 620)], (222, 220, 206))
    canvas.box(0, 714, WIDTH, 724, (128, 126, 122))
    canvas.gradient(724, HEIGHT, (164, 160, 154), (146, 142, 136))
    for left in range(60, WIDTH, 310):
        tree(canvas, left + rng.uniform(-20, 20), 512, rng.uniform(150, 200), light.leaf)
    things = [
        standing(canvas, rng.uniform(20, 1260), rng.uniform(478, 512), rng.uniform(66, 80))
        for _ in range(rng.randint(5, 8))
    ]
    for ground, length, gap in ((598.0, 150, 260), (700.0, 205, 380)):
        bumper = rng.uniform(-60, 90)
        while bumper < WIDTH - 60:
            things.append(driving(canvas, bumper, ground, length * rng.uniform(0.94, 1.06), light))
            bumper += gap * rng.uniform(1.2, 1.9)
    things.append(cycling(canvas, rng.uniform(100, 1000), 552, 96))
    things += [
        standing(canvas, rng.uniform(60, 1220), rng.uniform(768, 792), rng.uniform(150, 176))
        for _ in range(rng.randint(2, 4))
    ]
    truth = paint_things(canvas, things, 0.55)
    if light.is_dark:
        canvas.soft([(left + 100, 470, 90, 40) for left in range(0, WIDTH, 260)], 40, (255, 206, 130), 0.5)
    return truth


def park(canvas: Canvas, light: Light) -> list[Edges]:
    rng = canvas.rng
    horizon = 300
    sky(canvas, light, horizon)
    for depth, share in ((0.6, 300), (0.3, 320)):
        for _ in range(60):
            color = mix(light.leaf, light.horizon, depth)
            canvas.disc(
                rng.uniform(0, WIDTH),
                share + rng.gauss(0, 8),
                rng.uniform(24, 52),
                shade(color, rng.uniform(0.88, 1.05)),
            )
    grass = mix(light.leaf, (140, 170, 80), 0.4)
    canvas.gradient(322, HEIGHT, mix(grass, light.horizon, 0.25), shade(grass, 0.78))
    for _ in range(900):
        x, y = rng.uniform(0, WIDTH), rng.uniform(330, HEIGHT)
        canvas.line(
            [(x, y), (x + rng.uniform(-2, 2), y - 3 - y / 160)],
            shade(grass, rng.uniform(0.72, 1.2)),
            1,
            alpha=150,
        )
    canvas.disc(rng.uniform(260, 1000), 392, 200, mix((96, 132, 150), light.horizon, 0.35), ry=26)
    edge = [
        (452, 330),
        (470, 331),
        (580, 400),
        (790, 520),
        (1280, 690),
        (1280, 800),
        (640, 800),
        (540, 600),
        (484, 440),
    ]
    inner = [
        (456, 332),
        (466, 332),
        (566, 404),
        (760, 524),
        (1280, 706),
        (1280, 800),
        (690, 800),
        (570, 600),
        (492, 440),
    ]
    canvas.polygon(edge, (206, 190, 160))
    canvas.polygon(inner, (216, 202, 174))
    for _ in range(7):
        x = rng.choice([rng.uniform(0, 380), rng.uniform(720, 1280)])
        tree(canvas, x, rng.uniform(360, 440), rng.uniform(180, 280), light.leaf)
    things: list[Placed] = []
    for _ in range(rng.randint(7, 11)):
        ground = rng.uniform(390, 780)
        things.append(standing(canvas, rng.uniform(40, 1240), ground, 34 + (ground - 330) * 0.3))
    for _ in range(rng.randint(2, 4)):
        ground = rng.uniform(480, 770)
        things.append(walking_dog(canvas, rng.uniform(60, 1150), ground, 22 + (ground - 330) * 0.16))
    things += [
        cycling(canvas, rng.uniform(560, 1000), ground, 40 + (ground - 330) * 0.3)
        for ground in (560, 700)[: rng.randint(1, 2)]
    ]
    return paint_things(canvas, things, 0.45)


def harbour(canvas: Canvas, light: Light) -> list[Edges]:
    rng = canvas.rng
    horizon = 290
    sky(canvas, light, horizon)
    for depth, base, lift in ((0.75, 250, 40), (0.5, 268, 24)):
        ridge = [(x, base - lift * rng.random()) for x in range(0, WIDTH + 81, 80)]
        canvas.polygon([(0, horizon), *ridge, (WIDTH, horizon)], mix((70, 92, 96), light.horizon, depth))
    water = mix((40, 84, 108), light.sky, 0.35)
    canvas.gradient(horizon, HEIGHT, mix(water, light.horizon, 0.55), shade(water, 0.72))
    for _ in range(700):
        y = horizon + (HEIGHT - horizon) * rng.random() ** 1.6
        x, reach = rng.uniform(0, WIDTH), 4 + (y - horizon) * 0.1
        canvas.line(
            [(x, y), (x + reach, y)],
            mix(water, light.horizon, rng.uniform(0.2, 0.9)),
            1 + (y - horizon) / 400,
            alpha=120,
        )
    things: list[Placed] = []
    for ground in sorted(rng.uniform(315, 655) for _ in range(rng.randint(8, 12))):
        length = (34 + (ground - horizon) * 0.42) * rng.uniform(0.85, 1.2)
        thing = sailboat if rng.random() < 0.5 else motorboat
        x = rng.uniform(-length * 0.2, WIDTH - length * 0.8)
        things.append(afloat(canvas, thing, x, ground, length))
    truth = paint_things(canvas, things, 0.4)
    canvas.polygon([(0, 704), (WIDTH, 688), (WIDTH, HEIGHT), (0, HEIGHT)], (150, 142, 132))
    canvas.polygon([(0, 704), (WIDTH, 688), (WIDTH, 702), (0, 720)], (186, 178, 166))
    for left in range(-30, WIDTH, 92):
        canvas.line([(left, 720), (left - 24, HEIGHT)], (124, 118, 110), 1.6)
    ashore = [
        standing(canvas, rng.uniform(40, 1240), rng.uniform(742, 790), rng.uniform(112, 138))
        for _ in range(rng.randint(3, 6))
    ]
    ashore.append(walking_dog(canvas, rng.uniform(100, 1100), 778, 74))
    if rng.random() < 0.6:
        ashore.append(cycling(canvas, rng.uniform(100, 1000), 782, 128))
    return truth + paint_things(canvas, ashore, 0.5)


def afloat(
    canvas: Canvas,
    thing: Callable[[Canvas, float, float, float], Edges],
    x: float,
    water: float,
    length: float,
) -> Placed:
    reflection = (x + length * 0.5, water + length * 0.06, length * 0.42, length * 0.07)
    return water, lambda: [thing(canvas, x, water, length)], reflection


PLACES: dict[str, Callable[[Canvas, Light], list[Edges]]] = {
    "street": street,
    "park": park,
    "harbour": harbour,
}


def inside(edges: Edges) -> Edges:
    return Edges(
        edges.label,
        max(0.0, edges.x1),
        max(0.0, edges.y1),
        min(float(WIDTH), edges.x2),
        min(float(HEIGHT), edges.y2),
    )


def scenes(seed: int = 20) -> Iterator[Scene]:
    """Each place in each light, one after the other."""
    for time, light in LIGHTS.items():
        for place, compose in PLACES.items():
            canvas = Canvas(Random(f"{seed}-{place}-{time}"))  # noqa: S311  (a picture, not a secret)
            truth = [inside(edges) for edges in compose(canvas, light)]
            yield Scene(f"{place}-{time}.jpg", canvas.finish(light.tint, light.grain), truth)
