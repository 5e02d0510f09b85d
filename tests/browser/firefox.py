"""Firefox as its maker builds it, for Playwright: ``python firefox.py PROGRAM ARGUMENTS…`` in the place of PROGRAM.

Playwright drives it over WebDriver BiDi and sends a command that the Firefox of today's Debian does not know yet. It is
answered here, as if done; everything else passes in both directions. Once that Firefox knows it, this file can go.
"""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

IS_CHOSEN = os.environ.get("HITL_TEST_BROWSER") == "firefox"
needs_chromium = pytest.mark.skipif(
    IS_CHOSEN,
    reason="Playwright cannot do it in Firefox over BiDi: touch, other keyboards, dropped files, pages without script "
    "or without their policy (axe), two focused windows, typing over a number",
)
NOT_KNOWN_YET = {"emulation.setMediaFeaturesOverride"}  # for colour schemes; tests of those need Chromium
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


def program_for(firefox: str, folder: Path) -> Path:
    """What to tell Playwright to start instead of ``firefox``."""
    program = folder / "firefox-for-playwright"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" "{firefox}" "$@"\n')
    program.chmod(0o700)
    return program


async def main(command: list[str]) -> int:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    while found := await process.stderr.readline():
        listens = LISTENS.search(found.decode(errors="replace"))
        if listens:
            draining = asyncio.create_task(drain(process.stderr))
            await between(listens[1], process)
            await draining
            break
        sys.stderr.buffer.write(found)
    return await process.wait()


async def drain(stream: asyncio.StreamReader) -> None:
    """A full pipe would stop Firefox."""
    async for _line in stream:
        pass


async def between(address: str, process: asyncio.subprocess.Process) -> None:
    async def passing(playwright: ServerConnection) -> None:
        assert playwright.request is not None
        async with connect(address + playwright.request.path, max_size=None) as firefox:
            answers = asyncio.create_task(back(firefox, playwright))
            async for text in playwright:
                command = json.loads(text)
                if command["method"] in NOT_KNOWN_YET:
                    await playwright.send(json.dumps({"type": "success", "id": command["id"], "result": {}}))
                else:
                    await firefox.send(text)
            answers.cancel()

    async with serve(passing, "127.0.0.1", 0, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        # The line that Playwright waits for, with our address in it.
        print(f"WebDriver BiDi listening on ws://127.0.0.1:{port}", file=sys.stderr, flush=True)  # noqa: T201
        await process.wait()


async def back(firefox: ClientConnection, playwright: ServerConnection) -> None:
    async for text in firefox:
        await playwright.send(text)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
