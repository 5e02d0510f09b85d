"""Making accounts from the command line: the first manager, the people of the demo."""

import secrets

from django.contrib.auth.models import Permission

from .models import User


def new_password() -> str:
    """About 96 bits, in letters that are easy to copy."""
    return secrets.token_urlsafe(12)


def make_account(
    username: str, *, first_name: str = "", last_name: str = "", creates_projects: bool = False
) -> str:
    """Makes an account with a random password and returns that password: nothing else ever shows it.

    Raises UsernameTaken when there is such an account; it is left as it is.
    """
    if User.objects.filter(username=username).exists():
        raise UsernameTaken(username)
    password = new_password()
    user = User.objects.create_user(username, password=password, first_name=first_name, last_name=last_name)
    if creates_projects:
        user.user_permissions.add(
            Permission.objects.get(codename="add_project", content_type__app_label="annotate")
        )
    return password


class UsernameTaken(Exception):
    """There is already an account of this name."""
