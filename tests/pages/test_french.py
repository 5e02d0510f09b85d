"""French is complete: in the catalogues, in their compiled form, and on the pages."""

import re
import shutil
import subprocess
import sys
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from annotate.models import User

from .conftest import World

CATALOGUE = Path("annotate/locale/fr/LC_MESSAGES")
ENTRY = re.compile(
    r"((?:^#.*\n)*)(?:^msgctxt (\".*\")\n)?^msgid ((?:\".*\"\n)+)(?:msgid_plural (?:\".*\"\n)+)?"
    r"((?:msgstr(?:\[\d\])? (?:\".*\"\n)+)+)",
    re.MULTILINE,
)
needs_gettext = pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not installed")


def text_of(quoted: str) -> str:
    return "".join(re.findall(r'"(.*)"', quoted))


def entries(path: Path) -> dict[str, tuple[str, list[str]]]:
    """msgid (after context and \\x04, if any) -> (comments, translations), of the entries in use."""
    found = {}
    for comments, context, msgid, translations in ENTRY.findall(path.read_text() + "\n"):
        parts = [text_of(part) for part in re.split(r"msgstr(?:\[\d\])? ", translations)[1:]]
        key = f"{text_of(context)}\x04{text_of(msgid)}" if context else text_of(msgid)
        found[key] = (comments, parts)
    found.pop("", None)
    return found


@pytest.fixture(scope="module")
def fresh_catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in which makemessages has just run."""
    root = tmp_path_factory.mktemp("sources")
    for part in ("annotate", "hitlsite", "frontend"):
        shutil.copytree(
            settings.BASE_DIR / part, root / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    shutil.copy(settings.BASE_DIR / "manage.py", root)
    environment = {"HITL_DATA_DIR": str(root / "data"), "PATH": "/usr/bin:/bin"}
    for domain in ("django", "djangojs"):
        command = [
            sys.executable,
            "manage.py",
            "makemessages",
            "-l",
            "fr",
            "-d",
            domain,
            "-v0",
        ]
        subprocess.run([*command, "-i", "data", "--no-wrap"], cwd=root, env=environment, check=True)
    return root / CATALOGUE


@needs_gettext
@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_every_text_of_the_sources_has_a_french_one(domain: str, fresh_catalogues: Path) -> None:
    found = entries(fresh_catalogues / f"{domain}.po")
    assert found
    missing = [msgid for msgid, (_comments, texts) in found.items() if not all(texts)]
    unsure = [msgid for msgid, (comments, _texts) in found.items() if "fuzzy" in comments]
    assert (missing, unsure) == ([], [])


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_compiled_catalogue_is_the_written_one(domain: str) -> None:
    path = settings.BASE_DIR / CATALOGUE
    with (path / f"{domain}.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for msgid, (_comments, texts) in entries(path / f"{domain}.po").items():
        plain = msgid.replace('\\"', '"').replace("\\n", "\n")
        if len(texts) == 1:
            assert compiled.gettext(plain) == texts[0].replace('\\"', '"').replace("\\n", "\n"), msgid


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_placeholders_survive_translation(domain: str) -> None:
    hole = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
    for msgid, (_comments, texts) in entries(settings.BASE_DIR / CATALOGUE / f"{domain}.po").items():
        for text in texts:
            assert set(hole.findall(text)) == set(hole.findall(msgid)), msgid


def test_the_browser_decides_and_the_choice_of_the_person_goes_before_it(world: World) -> None:
    french = {"HTTP_ACCEPT_LANGUAGE": "fr-CA,fr;q=0.9"}
    assert "Se connecter" in Client().get(reverse("login"), **french).content.decode()  # type: ignore[arg-type]
    assert "Sign in" in Client().get(reverse("login"), HTTP_ACCEPT_LANGUAGE="de").content.decode()
    client = world.client("viewer")
    assert "Projets" in client.get(reverse("projects"), **french).content.decode()  # type: ignore[arg-type]
    User.objects.filter(username="viewer").update(language="en")
    assert "Projects" in client.get(reverse("projects"), **french).content.decode()  # type: ignore[arg-type]
    client.post(reverse("set_language"), {"language": "fr"})
    assert "Projets" in client.get(reverse("projects")).content.decode()
    assert User.objects.get(username="viewer").language == "fr"


def test_pages_and_desk_speak_french(world: World) -> None:
    User.objects.update(language="fr")
    client = world.client("admin")
    for name, expected in (
        ("project", "Étiquettes"),
        ("labels", "Ajouter une étiquette"),
        ("members", "Responsable"),
    ):
        body = client.get(reverse(name, args=[world.project.pk])).content.decode()
        assert expected in body and 'lang="fr"' in body
    desk = client.get(reverse("admin:annotate_frame_changelist")).content.decode()
    assert "Chercher par nom de fichier" in desk and "à annoter" in desk.lower()
    assert "Rien ici" in client.get("/nothing/").content.decode()


def test_numbers_in_drawings_keep_their_point_in_french(world: World) -> None:
    from .conftest import add_box

    add_box(world.frame, world.label, left=1234.5)
    User.objects.update(language="fr")
    body = world.client("viewer").get(reverse("project", args=[world.project.pk])).content.decode()
    assert 'x="1234.5"' in body and 'viewBox="0 0 1280 800"' in body


def test_plurals_follow_the_language() -> None:
    with translation.override("fr"):
        assert translation.ngettext("%(total)s box", "%(total)s boxes", 0) == "%(total)s cadre"
        assert translation.ngettext("%(total)s box", "%(total)s boxes", 2) == "%(total)s cadres"
    with translation.override("en"):
        assert translation.ngettext("%(total)s box", "%(total)s boxes", 0) == "%(total)s boxes"


def test_r18_odd_languages_are_answered_quickly(db: None) -> None:
    for value in ("a" * 4000, "fr;q=,,,;", "../../etc", "*"):
        assert Client().get(reverse("login"), HTTP_ACCEPT_LANGUAGE=value).status_code == 200
