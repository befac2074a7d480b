"""`manage.py channel`: make, list and revoke machine channels, and sign requests for trying things out."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange import channels, signatures
from exchange.models import Channel
from policy import clock
from policy.errors import InputError, Refused

ACTOR = "system:console"


class Command(BaseCommand):
    """Data goes to standard output, messages to standard error; a failure is one clear line."""

    help = "Create, list and revoke machine channels; sign a request for trying things out."

    def add_arguments(self, parser: CommandParser) -> None:
        """Four verbs, each with its own options."""
        verbs = parser.add_subparsers(dest="action", required=True, metavar="{create,sign,revoke,list}")
        scopes = ", ".join(channels.SCOPES)
        create = verbs.add_parser("create", help="make a channel and print its secret, once")
        create.add_argument("name", help="lower-case letters, digits and . _ -")
        create.add_argument(
            "--scope", action="extend", nargs="+", default=[], metavar="SCOPE", help=f"repeatable: {scopes}"
        )
        create.add_argument("--rate", type=int, default=600, help="requests a minute (default 600)")
        create.set_defaults(run=self.create)
        _add_sign_arguments(verbs.add_parser("sign", help="print an Authorization header value"), self)
        revoke = verbs.add_parser("revoke", help="stop a channel for good")
        revoke.add_argument("name")
        revoke.set_defaults(run=self.revoke)
        listing = verbs.add_parser("list", help="print the channels, one a line")
        listing.add_argument("--json", action="store_true", dest="as_json", help="print one JSON list")
        listing.set_defaults(run=self.list_channels)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; a refused or malformed argument ends with one line and a non-zero exit."""
        try:
            options["run"](**options)
        except InputError as error:
            raise CommandError(
                "; ".join(f"{path}: {'，'.join(said)}" for path, said in error.fields.items())
            ) from error
        except Refused as error:
            raise CommandError(error.message) from error

    def create(self, *, name: str, scope: list[str], rate: int, **_: Any) -> None:
        """Make the channel; the secret is the only thing on standard output."""
        channel, secret = channels.create(name, scope, at=clock.now(), by=ACTOR, rate_per_minute=rate)
        self.stderr.write(f"渠道 {channel.name} 已建立，权限：{'、'.join(channel.scopes)}。密钥只显示这一次：")
        self.stdout.write(secret)

    def sign(
        self, *, channel: str, secret: str | None, method: str, path: str, body: str | None, at: str | None, **_: Any
    ) -> None:
        """Print the header value. It needs no database: the secret is given, or the channel is looked up for it."""
        if not signatures.valid_name(channel):
            raise InputError.of("channel", "渠道名格式错误")
        if not path.startswith("/"):
            raise InputError.of("path", "路径须以 / 开头，含查询串，与发送时逐字一致")
        secret = secret or _stored_secret(channel)
        content = _read_body(body)
        self.stdout.write(signatures.header(channel, secret, method.upper(), path, content, at=_moment(at)))

    def revoke(self, *, name: str, **_: Any) -> None:
        """Stop the channel; repeating it is harmless."""
        channel = channels.revoke(name, at=clock.now(), by=ACTOR)
        self.stderr.write(f"渠道 {channel.name} 已停用")

    def list_channels(self, *, as_json: bool, **_: Any) -> None:
        """Names, scopes and states; never a secret."""
        known = list(Channel.objects.order_by("name"))
        if as_json:
            self.stdout.write(json.dumps([_described(channel) for channel in known], ensure_ascii=False))
            return
        for channel in known:
            state = "active" if channel.active else "revoked"
            self.stdout.write(f"{channel.name}\t{state}\t{channel.rate_per_minute}/min\t{','.join(channel.scopes)}")


def _described(channel: Channel) -> dict[str, Any]:
    """A channel as the JSON list shows it."""
    return {
        "name": channel.name,
        "scopes": channel.scopes,
        "active": channel.active,
        "rate_per_minute": channel.rate_per_minute,
        "created_at": clock.local(channel.created_at).isoformat(),
    }


def _add_sign_arguments(sign: ArgumentParser, command: Command) -> None:
    """Options of `sign`: what will be sent, byte for byte."""
    sign.add_argument("--channel", required=True)
    sign.add_argument("--secret", help="the channel's secret; left out, the stored one is used")
    sign.add_argument("--method", default="POST")
    sign.add_argument("--path", required=True, help="PATH?QUERY as it will be sent, e.g. /api/v1/vehicle-applications/")
    sign.add_argument("--body", help="file with the request body, - for standard input (default: empty body)")
    sign.add_argument("--at", help="RFC 3339 time to sign for (default: now)")
    sign.set_defaults(run=command.sign)


def _stored_secret(name: str) -> str:
    """The secret of a channel of this portal."""
    channel = Channel.objects.filter(name=name).first()
    if channel is None:
        raise Refused("not_found", f"没有名为 {name} 的渠道")
    return str(channel.secret)


def _read_body(source: str | None) -> bytes:
    """The bytes of the body to sign."""
    if source is None:
        return b""
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise InputError.of("body", f"无法读取文件 {source}") from error


def _moment(text: str | None) -> datetime:
    """The time to sign for; an offset is required."""
    if text is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError.of("at", "须为 RFC 3339 时间") from error
    if moment.tzinfo is None:
        raise InputError.of("at", "时间须带时区")
    return moment
