"""Stands between the relay and a real MLflow: makes calls and answers late, and does things in the middle of a call."""

import http.client
import threading
import time
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .real import RealMlflow

PATIENCE_S = 60.0

Deed = Callable[[], object]


class Between:
    """``call_late_s``: how long MLflow does not hear of a call; ``answer_late_s``: how long the relay does not hear
    that it was done. ``before`` and ``meanwhile``: by a part of an address, what is done once, with the first such
    call: before MLflow hears of it, and when MLflow has it in its hands."""

    def __init__(self, real: RealMlflow) -> None:
        self.real = real
        self.call_late_s = self.answer_late_s = 0.0
        self.before: dict[str, Deed] = {}
        self.meanwhile: dict[str, Deed] = {}
        self.under_way = 0
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{urlsplit(self.real.url).path}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def wait_until_idle(self) -> None:
        """Until all that was asked has come true, whether anybody still waits for it or not."""
        while self.under_way:
            time.sleep(0.05)

    def count(self, step: int) -> None:
        with self.lock:
            self.under_way += step

    def do(self, deeds: dict[str, Deed], path: str) -> None:
        with self.lock:
            chosen = [deeds.pop(part) for part in [*deeds] if part in path]
        for deed in chosen:
            deed()

    def passed_on(self, method: str, path: str, kind: str, body: bytes) -> tuple[int, bytes]:
        """Raises OSError, HTTPException."""
        self.do(self.before, path)
        time.sleep(self.call_late_s)
        bind = self.real.bind
        with closing(http.client.HTTPConnection(bind.host, bind.port, timeout=PATIENCE_S)) as onward:
            onward.request(method, path, body, {"Content-Type": kind})
            self.do(self.meanwhile, path)
            answer = onward.getresponse()
            found = answer.status, answer.read()
        time.sleep(self.answer_late_s)
        return found

    def handler(self) -> type[BaseHTTPRequestHandler]:
        between = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self) -> None:
                between.count(1)
                try:
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    kind = self.headers.get("Content-Type", "")
                    status, data = between.passed_on(self.command, self.path, kind, body)
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except (OSError, http.client.HTTPException):  # nobody is there, or nobody waits here any more
                    self.close_connection = True
                finally:
                    between.count(-1)

            do_GET = do_POST = do_PUT = do_DELETE = take

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
