"""What SQLite is told of the tables that grow large: how many rows a value of an index's first columns has.

Without statistics SQLite takes all indexes for equally good, and looks for the accepted boxes of 200 images among the
accepted boxes of all: an export of 735,000 boxes took 367 s, and takes 19. Its own ANALYZE reads every index to the end
with the lock of the one writer, or looks at a few thousand rows and then believes that no value has more of them. So it
is told what a full ANALYZE of the site of bench/admin_fill.py said, with a guess where that site has a single value.
Plans are the same on every installation, and tests look at them. PostgreSQL sees to it by itself.
"""

from typing import Any

from django.db import connections

STATISTICS: dict[str, dict[str, str]] = {
    "annotate_box": {
        "sqlite_autoindex_annotate_box_1": "1000000 1",
        "annotate_box_frame_id_43d5a361": "1000000 20",
        "annotate_box_label_id_f68606b3": "1000000 50000",
        "annotate_box_created_by_id_dae2043c": "1000000 50000",
        "box_alive_by_frame": "1000000 20",
        "box_alive_by_label": "1000000 50000",
        "box_by_status": "1000000 333334 1",
        "box_by_confidence": "500000 166667 1",
        "box_with_feedback": "2000 700",
        "box_deleted": "20000 1",
    },
    "annotate_frame": {
        "sqlite_autoindex_annotate_frame_1": "50000 5000 1",
        "annotate_frame_project_id_a59c9e4d": "50000 5000",
        "annotate_frame_source_id_a73bf0a6": "50000 500",
        "annotate_frame_md5_3d938942": "50000 1",
        "annotate_frame_set_aside_by_id_e64eb717": "50000 25000",
        "frame_project_status": "50000 5000 1500",
        "frame_by_expected_use": "50000 5000 1500 2",
        "frame_set_aside": "500 2",
        "frame_blind": "2500 25",
    },
    "annotate_operation": {
        "sqlite_autoindex_annotate_operation_1": "1000000 20 1",
        "sqlite_autoindex_annotate_operation_2": "1000000 100 1 1",
        "annotate_operation_frame_id_422f3ae5": "1000000 20",
        "annotate_operation_user_id_988e9887": "1000000 50000",
        "annotate_operation_box_id_32f70226": "1000000 2",
        "operation_by_user": "1000000 20 10 1",
        "operation_ratings": "10000 2 1",
    },
    "annotate_proposal": {
        "sqlite_autoindex_annotate_proposal_1": "500000 1",
        "annotate_proposal_detection_id_b386d839": "500000 500",
        "annotate_proposal_frame_id_d8f6537e": "500000 10",
        "annotate_proposal_label_id_fa7a9625": "500000 25000",
        "annotate_proposal_judged_by_id_38514512": "500000 25000",
        "proposal_of_detection": "500000 500 150",
        "proposal_of_frame": "500000 10 4",
        "proposal_judged_at": "500000 2",
        "proposal_with_reversals": "1000 1",
    },
}
"""By table and index: rows of the index, then rows with the same value of its first column, of its first two, …"""


def tell_sqlite(using: str = "default", **_: Any) -> None:
    """After migrations. Connections that are opened from then on know it, and this one."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    there = set(connection.introspection.table_names())
    rows = [
        (table, index, said)
        for table, indexes in STATISTICS.items()
        if table in there
        for index, said in indexes.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sqlite_master")  # makes the table of statistics where there is none
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", rows)
        cursor.execute("ANALYZE sqlite_master")  # reads it again
