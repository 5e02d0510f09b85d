"""Pages of tables that may be very long: rows are counted up to a number that is told apart from an exact one."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST_COUNTED = 50_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """``is_capped``: there are more rows than ``count`` says; the pages beyond are reached by filters."""

    @cached_property
    def counted(self) -> int:
        """Up to MOST_COUNTED + 1: counting all of a million filtered rows takes seconds."""
        rows: Any = self.object_list
        count: int = rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
        return count

    @cached_property
    def count(self) -> int:
        return min(self.counted, MOST_COUNTED)

    @property
    def is_capped(self) -> bool:
        return self.counted > MOST_COUNTED
