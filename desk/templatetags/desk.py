"""Small pieces of markup that every page uses: icons, tags, clock, money."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from desk.presenters.clock import Clock
from desk.presenters.outcomes import Tag
from policy.clock import local
from policy.money import format_yuan

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite; `size` "s" is the small one. Decorative: a word always stands beside it."""
    extra = f" i--{size}" if size else ""
    return format_html('<svg class="i{}" aria-hidden="true"><use href="#i-{}"/></svg>', extra, name)


@register.inclusion_tag("desk/_tag.html")
def tag(item: Tag) -> dict[str, Any]:
    """An outcome with icon, word and count."""
    return {"tag": item}


@register.inclusion_tag("desk/_clock.html")
def clock(item: Clock) -> dict[str, Any]:
    """A working-day clock."""
    return {"clock": item}


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as yuan with two decimals and thousands separators; a dash where there is no sum."""
    if fen is None:
        return "—"
    whole, _, cents = format_yuan(fen).partition(".")
    return f"{int(whole):,}.{cents}"


@register.filter
def moment(at: datetime | None) -> str:
    """03-18 10:28, in Beijing time."""
    return f"{local(at):%m-%d %H:%M}" if at else ""


@register.filter
def moment_full(at: datetime | None) -> str:
    """2026-03-18 10:28, in Beijing time."""
    return f"{local(at):%Y-%m-%d %H:%M}" if at else ""


@register.filter
def hour(at: datetime | None) -> str:
    """10:28, in Beijing time."""
    return f"{local(at):%H:%M}" if at else ""


@register.filter
def initial(name: str) -> str:
    """The first character of a name, for the round badge."""
    return name[:1]
