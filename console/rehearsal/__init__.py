"""Playing a timeline through the real services in a scratch database (contract §3)."""

from console.rehearsal.player import Player

__all__ = ["Player"]
