"""The process of ``apart``. It steps back first, so that threads which libraries start as they are loaded do too."""

from .priority import yield_to_everyone

if __name__ == "__main__":
    yield_to_everyone()
    from .apart_process import main

    main()
