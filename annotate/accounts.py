"""Making accounts from the command line: the first manager, the people of the demo."""

import secrets

from django.contrib.auth.models import Group, Permission

from .models import User

ML_ENGINEERS = "ML engineers"
SEE_EXPERIMENTS = ("view_trackingrun",)


def new_password() -> str:
    """About 96 bits, in letters that are easy to copy."""
    return secrets.token_urlsafe(12)


def ml_engineers() -> Group:
    """Who is in it sees MLflow, hence all projects in it. Made once; what an administrator changes about it stays."""
    group, is_new = Group.objects.get_or_create(name=ML_ENGINEERS)
    if is_new:
        known = Permission.objects.filter(content_type__app_label="annotate", codename__in=SEE_EXPERIMENTS)
        group.permissions.set(known)
    return group


def make_account(
    username: str,
    *,
    first_name: str = "",
    last_name: str = "",
    creates_projects: bool = False,
    sees_experiments: bool = False,
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
    group = ml_engineers()  # there for an administrator, whoever is in it
    if sees_experiments:
        user.groups.add(group)
    return password


class UsernameTaken(Exception):
    """There is already an account of this name."""
