"""A project that really exists, for threads and processes; its files in a folder of the test."""

from tests.media.conftest import committed_world, folders, world

__all__ = ["committed_world", "folders", "world"]
