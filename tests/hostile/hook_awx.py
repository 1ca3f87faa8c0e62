"""A stand-in for AWX: the four requests of ansible-rulebook, jobs that end when they are told to, and lost answers."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TEMPLATE = {
    "id": 7, "type": "job_template", "name": "Reroute", "summary_fields": {"organization": {"name": "Default"}},
    "related": {"launch": "/api/v2/job_templates/7/launch/"}, "ask_limit_on_launch": False,
    "ask_labels_on_launch": False, "ask_inventory_on_launch": False, "ask_variables_on_launch": False,
}  # fmt: skip


class Awx:
    """Counts launches; `lose` answers of launches are replaced by a 502 after the launch."""

    def __init__(self) -> None:
        """Listens on a free port."""
        self.launches: list[Any] = []
        self.finished: set[int] = set()
        self.lose = 0
        self.hold = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()

    def job(self, number: int) -> dict[str, Any]:
        """A job as the API shows it."""
        status = "running" if self.hold else "successful"
        return {"id": number, "url": f"/api/v2/jobs/{number}/", "type": "job", "status": status,
                "created": "2026-11-21T10:00:00Z", "artifacts": {}}  # fmt: skip

    def answer(self, path: str) -> tuple[int, Any]:
        """A GET."""
        if "config" in path:
            return 200, {"version": "24.6.1"}
        if "unified_job_templates" in path:
            return 200, {"count": 1, "next": None, "results": [TEMPLATE]}
        if "/jobs/" in path.split("?")[0].removesuffix("/jobs/"):
            return 200, self.job(int(path.split("?")[0].rstrip("/").rsplit("/", 1)[1]))
        jobs = [self.job(number) for number in range(1, len(self.launches) + 1)]
        return 200, {"count": len(jobs), "next": None, "results": jobs}

    def launch(self, body: bytes) -> tuple[int, Any]:
        """A POST to launch."""
        self.launches.append(json.loads(body or b"{}"))
        if self.lose:
            self.lose -= 1
            return 502, "Bad Gateway"
        return 201, self.job(len(self.launches))


def handler(awx: Awx) -> type[BaseHTTPRequestHandler]:
    """Requests of this one."""

    class Handler(BaseHTTPRequestHandler):
        def reply(self, status: int, content: Any) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self.reply(*awx.answer(self.path))

        def do_POST(self) -> None:
            self.reply(*awx.launch(self.rfile.read(int(self.headers.get("Content-Length", 0)))))

        def log_message(self, *arguments: Any) -> None:
            """Quietly."""

    return Handler
