# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A webhook that is a door: whoever has the key may knock, and nothing that is said at the door is listened to.

A request's body is never parsed, so no body can break it: it is counted up to a limit and thrown away. A knock is
passed on before it is acknowledged, and a burst of knocks is one event for the rules.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import signal
import ssl
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

DOCUMENTATION = r"""
---
short_description: Receive knocks over HTTP, and nothing else.
description:
  - Accepts POST on any path from senders that present the token (and, with O(cafile), a certificate). Bodies are
    discarded unread, whatever their encoding, depth or size. Works with the webhooks of Alertmanager and Grafana.
  - Answers 200 when the knock has been passed on, 401 without the token, 503 when nobody is there to take the knock
    (senders repeat a 503). It never answers 4xx for what a body says.
  - For the rules, the knocks that arrive while they are busy are one event.
options:
  host:
    description: Address to listen on.
    type: str
    default: 127.0.0.1
  port:
    description: TCP port to listen on.
    type: int
    default: 5010
  token_file:
    description:
      - File with the tokens that open the door, one a line; empty lines and lines that begin with C(#) are skipped.
        It is read for every request, so that a token is replaced by writing the file. Required.
    type: str
  door:
    description:
      - Path of a named pipe into which each knock is written before it is acknowledged. The program that reads it
        runs C(reroute). Without it, only the rules hear of a knock.
    type: str
  certfile:
    description: Certificate (chain) for TLS. Without it, the door speaks plain HTTP.
    type: str
  keyfile:
    description: Private key of O(certfile), when it is not in the same file.
    type: str
  cafile:
    description: CA that must have signed the sender's certificate. Needs O(certfile).
    type: str
  stall:
    description: >-
      Seconds after which the process ends itself, for its supervisor to start it anew, when the rules have not taken
      an event. Make it longer than the longest job.
    type: float
    default: 900
"""

EXAMPLES = r"""
- fairway.backbone.knock_webhook:
    host: 192.0.2.129
    port: 5010
    token_file: /etc/fairway/hook/token
    door: /run/fairway/knock
    certfile: /etc/fairway/hook/tls.crt
    keyfile: /etc/fairway/hook/tls.key
    cafile: /etc/fairway/hook/clients.crt
"""

BODY_LIMIT = 8 * 1024 * 1024  # bytes of a body that are waited for and thrown away; then the connection is closed
BODY_SECONDS = 5.0  # a sender that is slower than this with its body gets its answer before it has finished
QUIET = 10.0  # seconds between two log lines about refused requests

logger = logging.getLogger(__name__)


@dataclass
class Settings:
    """What the rulebook says; see DOCUMENTATION."""

    token_file: str
    host: str = "127.0.0.1"
    port: int = 5010
    door: str = ""
    certfile: str = ""
    keyfile: str = ""
    cafile: str = ""
    stall: float = 900.0

    @classmethod
    def read(cls, args: dict[str, Any]) -> Settings:
        """Take the options; raises ValueError for what cannot be meant."""
        known = {name: value for name, value in args.items() if value not in (None, "")}
        unknown = set(known) - set(cls.__dataclass_fields__)
        if unknown:
            raise ValueError(f"unknown option {', '.join(sorted(unknown))}; knock_webhook knows "
                             f"{', '.join(cls.__dataclass_fields__)}")  # fmt: skip
        if "token_file" not in known:
            raise ValueError("token_file is missing: without a token anybody could knock")
        if "cafile" in known and "certfile" not in known:
            raise ValueError("cafile without certfile: senders show certificates over TLS only; set certfile as well")
        found = cls(**known)
        found.port, found.stall = int(found.port), float(found.stall)
        read_tokens(found.token_file)
        return found


@dataclass
class Porter:
    """Stands at the door: checks the key, passes the knock on, answers."""

    settings: Settings
    knocked: asyncio.Event = field(default_factory=asyncio.Event)
    complained: float = float("-inf")

    async def answer(self, request: web.Request) -> web.Response:
        """Every request that is a POST."""
        try:
            admitted = admits(request.headers.get("Authorization", ""), read_tokens(self.settings.token_file))
        except (OSError, ValueError) as error:
            return self.refuse(503, f"the token cannot be read: {error}")
        if not admitted:
            return self.refuse(401, f"no valid token from {request.remote}")
        try:
            if self.settings.door:
                knock(self.settings.door)
        except OSError as error:
            return self.refuse(503, f"nobody takes knocks at {self.settings.door}: {error}")
        self.knocked.set()
        response = web.Response(text="knocked\n")
        if not await swallow(request):
            response.force_close()
        return response

    def refuse(self, status: int, why: str) -> web.Response:
        """Say no; the reason goes to the log, and not more often than every QUIET seconds."""
        now = asyncio.get_running_loop().time()
        if now - self.complained >= QUIET:
            self.complained = now
            logger.warning("%d: %s", status, why)
        response = web.Response(status=status, text="no\n")
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        response.force_close()
        return response

    async def tell(self, queue: asyncio.Queue[Any]) -> None:
        """Give the rules one event for the knocks since the last one that they took."""
        while True:
            await self.knocked.wait()
            self.knocked.clear()
            try:
                await asyncio.wait_for(queue.put({"knock": True}), self.settings.stall)
            except TimeoutError:
                logger.error("the rules took no event for %.0f s; ending, to be started anew", self.settings.stall)
                signal.raise_signal(signal.SIGTERM)


def read_tokens(path: str) -> list[bytes]:
    """The tokens in a file; raises OSError, or ValueError when there is none."""
    lines = [line.strip() for line in Path(path).read_bytes().splitlines()]
    tokens = [line for line in lines if line and not line.startswith(b"#")]
    if not tokens:
        raise ValueError(f"{path} holds no token")
    return tokens


def admits(header: str, tokens: list[bytes]) -> bool:
    """Whether an Authorization header is ``Bearer`` and one of the tokens. How long it takes tells nothing of them."""
    scheme, _space, given = header.partition(" ")
    offered = given.strip().encode("utf-8", "surrogateescape")
    equal = [hmac.compare_digest(offered, token) for token in tokens]
    return scheme.lower() == "bearer" and any(equal)


def knock(path: str) -> None:
    """Write a byte into the pipe. Raises OSError when there is none, or nobody reads it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no named pipe")
        os.write(descriptor, b"k")
    except BlockingIOError:
        pass  # the pipe is full: the reader will find thousands of knocks
    finally:
        os.close(descriptor)


async def swallow(request: web.Request) -> bool:
    """Take the body off the line; false when it is too large, too slow or broken, and the line should be closed."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            taken = 0
            while chunk := await request.content.readany():
                taken += len(chunk)
                if taken > BODY_LIMIT:
                    return False
    except (TimeoutError, OSError, web.HTTPException, ValueError):
        return False
    return True


def tls(settings: Settings) -> ssl.SSLContext | None:
    """The TLS side of the door; None for plain HTTP."""
    if not settings.certfile:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.certfile, settings.keyfile or None)
    if settings.cafile:
        context.load_verify_locations(settings.cafile)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Listen until cancelled."""
    settings = Settings.read(args)
    porter = Porter(settings)
    application = web.Application()
    application.router.add_post("/{anything:.*}", porter.answer)
    # Compressed bodies stay compressed: inflating what is thrown away is what a zip bomb wants.
    runner = web.AppRunner(application, access_log=None, auto_decompress=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, ssl_context=tls(settings)).start()
        await porter.tell(queue)
    finally:
        await runner.cleanup()
