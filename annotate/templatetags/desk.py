"""What the first page of the desk shows: ``{% desk_overview as overview %}``."""

from typing import Any

from django import template

from ..admin.overview import health, projects

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_overview(context: dict[str, Any]) -> dict[str, Any]:
    """``health``: facts; ``projects``: cards; as far as the reader may see them."""
    user = context["user"]
    return {"health": health(user), "projects": projects(user)}
