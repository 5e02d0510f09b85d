"""Which frames may be other than the newest version of their project has them: the database marks them itself.

Triggers mark a frame when a column is written that a version depends on, whoever writes it. So a version looks at what
was marked instead of looking for what changed among everything. Marks count since the version that
``annotate_marks_since`` names: where that is another one than the state beside the repository is of (one was restored
from a backup), or where the triggers are gone (SQLite drops them when a migration makes the table anew), nobody knows,
and everything is looked at.

A mark goes under the lock of its frame alone, and only where its part of the project is as the version has it. The
tables are no models: nothing but this file reads them, and nothing but the triggers marks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models.signals import post_delete

from ..models import Frame, Project, locked_frames
from .fingerprints import COLUMNS as DEPENDS_ON
from .fingerprints import fingerprints_of, part_of

CHUNK = 500
"""Marks that are settled in one transaction."""

MARKS, SINCE = "annotate_marks", "annotate_marks_since"
COLUMNS = (*(name for name in DEPENDS_ON if name != "id"), "set_aside_at")
TRIGGERS = ("annotate_marks_made", "annotate_marks_changed", "annotate_marks_gone")
"""Made where they are missing: whoever changes what they do gives them other names."""

TABLES = (
    f"CREATE TABLE IF NOT EXISTS {MARKS}"
    " (project_id bigint NOT NULL, frame_id bigint NOT NULL, PRIMARY KEY (project_id, frame_id))",
    f"CREATE TABLE IF NOT EXISTS {SINCE} (project_id bigint NOT NULL PRIMARY KEY, git_commit varchar(40) NOT NULL)",
)
WHEN = tuple(zip(TRIGGERS, ("INSERT", "UPDATE OF {columns}", "DELETE"), ("NEW", "NEW", "OLD"), strict=True))
# Not INSERT OR IGNORE: in a trigger SQLite does as the statement outside says.
ON_SQLITE = f"""
CREATE TRIGGER IF NOT EXISTS {{name}} AFTER {{event}} ON {{frames}} BEGIN
    INSERT INTO {MARKS} (project_id, frame_id) SELECT {{row}}.project_id, {{row}}.id
    WHERE NOT EXISTS (SELECT 1 FROM {MARKS} WHERE project_id = {{row}}.project_id AND frame_id = {{row}}.id);
END"""  # noqa: S608  (names of our own)
ON_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION {{name}}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO {MARKS} (project_id, frame_id) VALUES ({{row}}.project_id, {{row}}.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {{name}} AFTER {{event}} ON {{frames}} FOR EACH ROW EXECUTE FUNCTION {{name}}()"""  # noqa: S608
THERE = {
    "sqlite": "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND name IN (%s, %s, %s)",
    "postgresql": "SELECT COUNT(*) FROM pg_trigger WHERE tgenabled = 'O' AND tgname IN (%s, %s, %s)",
}


def connect() -> None:
    post_delete.connect(forget, sender=Project)


def install(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """After migrations. Nothing where all is there: on PostgreSQL it would wait for everybody who writes."""
    database = connections[using]
    frames = Frame._meta.db_table
    if are_kept(using) or frames not in database.introspection.table_names():
        return
    quote = database.ops.quote_name
    columns = ", ".join(map(quote, COLUMNS))
    trigger = ON_SQLITE if database.vendor == "sqlite" else ON_POSTGRESQL
    with transaction.atomic(using), database.cursor() as cursor:
        for statement in TABLES:
            cursor.execute(statement)
        cursor.execute(f"DELETE FROM {SINCE}")  # noqa: S608  (what was written meanwhile has no mark)
        for name, event, row in WHEN:
            said = {"name": name, "event": event.format(columns=columns), "row": row}
            cursor.execute(trigger.format(frames=quote(frames), **said))


def forget(instance: Project, **_: Any) -> None:
    """The project is gone, and its frames were marked as they went."""
    with connection.cursor() as cursor:
        for table in (MARKS, SINCE):
            cursor.execute(f"DELETE FROM {table} WHERE project_id = %s", [instance.pk])  # noqa: S608


def are_kept(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute(THERE[connections[alias].vendor], TRIGGERS)
        return bool(cursor.fetchone()[0] == len(TRIGGERS))


def marked_parts(project_id: int, commit: str, alias: str) -> set[int] | None:
    """Numbers of the parts that may be other than in the version of this commit. None: nobody knows."""
    if not are_kept(alias):
        return None
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT git_commit FROM {SINCE} WHERE project_id = %s", [project_id])  # noqa: S608
        if cursor.fetchone() != (commit,):
            return None
        cursor.execute(f"SELECT frame_id FROM {MARKS} WHERE project_id = %s", [project_id])  # noqa: S608
        return {part_of(pk) for (pk,) in cursor.fetchall()}


def settle(project_id: int, commit: str, statuses: Sequence[str], facts: Mapping[int, str]) -> None:
    """Marks count since this commit now, which is of the newest version. ``facts``: the fingerprints of its parts."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {SINCE} (project_id, git_commit) VALUES (%s, %s)"  # noqa: S608
            " ON CONFLICT (project_id) DO UPDATE SET git_commit = EXCLUDED.git_commit",
            [project_id, commit],
        )
    last = -1
    while marked := _marked_after(project_id, last):
        _settle_some(project_id, marked, statuses, facts)
        last = marked[-1]


def _marked_after(project_id: int, last: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT frame_id FROM {MARKS} WHERE project_id = %s AND frame_id > %s ORDER BY frame_id LIMIT {CHUNK}",  # noqa: S608
            [project_id, last],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _settle_some(
    project_id: int, marked: Sequence[int], statuses: Sequence[str], facts: Mapping[int, str]
) -> None:
    """Whoever is writing a frame just now keeps its lock, and the frame its mark; whoever writes it next waits for us,
    and marks it anew."""
    with transaction.atomic():
        frames = Frame.everything.filter(pk__in=marked)
        there = set(frames.order_by().values_list("pk", flat=True))
        busy = there - set(locked_frames(frames, skips=True).values_list("pk", flat=True))
        part = {pk: part_of(pk) for pk in marked}
        now = fingerprints_of(project_id, statuses, connection.alias, set(part.values()))
        settled = [pk for pk in marked if pk not in busy and now.get(part[pk]) == facts.get(part[pk])]
        if settled:
            among = ", ".join(["%s"] * len(settled))
            with connection.cursor() as cursor:
                cursor.execute(
                    f"DELETE FROM {MARKS} WHERE project_id = %s AND frame_id IN ({among})",  # noqa: S608
                    [project_id, *settled],
                )
