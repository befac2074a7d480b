"""Channels: making and revoking them, and telling which one sent a request."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction

from audit.services import record
from exchange import signatures, verbs
from exchange.models import Channel, ChannelFiling, Nonce
from exchange.signatures import NotAuthenticated
from policy.errors import InputError, Refused

SCOPES: dict[str, str] = {
    "vehicles.national": "全国汽车流通信息管理系统：报废更新申报",
    "vehicles.city": "市级渠道：置换更新申报",
    "tokens.claim": "领取补贴资格",
    "tokens.use": "使用补贴资格",
    "orders": "订单",
    "products": "商品与价格备案",
    "lottery.entries": "有奖发票上传",
    "lottery.results": "有奖发票兑付结果",
    "funding": "资金项目申报",
    "facts.police": "公安交管答复",
    "facts.tax": "税务答复",
    "facts.bank": "银行答复",
    "assessment": "第三方审核意见",
}
# A secret nobody holds: an unknown channel costs the same comparison as a known one.
_NOBODY = secrets.token_hex(32)


def create(
    name: str, scopes: Sequence[str], *, at: datetime, by: str, rate_per_minute: int = 600
) -> tuple[Channel, str]:
    """Make a channel; returns it and its secret, which is never shown again.

    Raises InputError naming `name`, `scope` or `rate`; Refused code "duplicate" if the name is taken.
    """
    errors: dict[str, list[str]] = {}
    if not signatures.valid_name(name):
        errors["name"] = ["渠道名只能含小写字母、数字和 . _ -，不超过64个字符"]
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        errors["scope"] = [f"未知权限：{'、'.join(unknown)}" if unknown else "至少需要一项权限"]
    if rate_per_minute < 1:
        errors["rate"] = ["每分钟请求上限至少为1"]
    if errors:
        raise InputError(errors)
    secret = secrets.token_hex(32)
    try:
        with transaction.atomic():
            channel = Channel.objects.create(
                name=name, scopes=sorted(set(scopes)), secret=secret, rate_per_minute=rate_per_minute, created_at=at
            )
            record(
                verbs.CHANNEL_CREATED,
                actor=by,
                at=at,
                object_type="channel",
                object_id=name,
                data={"scopes": channel.scopes, "rate_per_minute": rate_per_minute},
            )
    except IntegrityError as error:
        raise Refused("duplicate", f"渠道 {name} 已存在") from error
    return channel, secret


def revoke(name: str, *, at: datetime, by: str) -> Channel:
    """Stop a channel for good. Repeating it changes nothing. Raises Refused "not_found" for an unknown name."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().filter(name=name).first()
        if channel is None:
            raise Refused("not_found", f"没有名为 {name} 的渠道")
        if channel.active:
            channel.active = False
            channel.revoked_at = at
            channel.save(update_fields=["active", "revoked_at"])
            record(verbs.CHANNEL_REVOKED, actor=by, at=at, object_type="channel", object_id=name)
    return channel


def authenticate(authorization: str | None, method: str, target: str, body: bytes, *, at: datetime) -> Channel:
    """The channel that signed a request; burns the nonce. Raises NotAuthenticated.

    The nonce is burnt after the signature holds, so a stranger cannot use up a channel's nonces, and in a statement
    of its own before any business work, so that it stays burnt when the business transaction rolls back.
    """
    presented = signatures.parse(authorization)
    channel = Channel.objects.filter(name=presented.channel, active=True).first()
    signatures.check(presented, channel.secret if channel else _NOBODY, method, target, body, at=at)
    if channel is None:
        raise NotAuthenticated("签名不正确")
    burn(channel, presented)
    return channel


def burn(channel: Channel, presented: signatures.Presented) -> None:
    """Use up a nonce; raises NotAuthenticated if it was used before."""
    # One second beyond the window: a timestamp is whole seconds, the present moment is not.
    expires_at = datetime.fromtimestamp(presented.timestamp, UTC) + signatures.SKEW + timedelta(seconds=1)
    fresh = Nonce(channel=channel, value=presented.nonce, expires_at=expires_at)
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError as error:
        raise NotAuthenticated("随机数已使用，请勿重放请求") from error


def sweep_nonces(*, at: datetime) -> int:
    """Delete nonces whose requests would be stale by now anyway. Returns how many."""
    return Nonce.objects.filter(expires_at__lt=at).delete()[0]


def note_filing(channel: Channel, case_ref: int, *, at: datetime) -> None:
    """Remember that this channel filed the case; belongs into the filing's transaction."""
    ChannelFiling.objects.create(channel=channel, case_ref=case_ref, filed_at=at)


def filed(channel: Channel, case_ref: int) -> bool:
    """Whether this channel filed the case."""
    return ChannelFiling.objects.filter(channel=channel, case_ref=case_ref).exists()
