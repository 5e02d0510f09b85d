from tests.pages.conftest import World, quick_passwords, world

__all__ = ["World", "quick_passwords", "world"]
