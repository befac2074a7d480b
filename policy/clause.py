"""Where a rule stands: a published document and its sections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """A published document of policy: its number (京商流通字〔2026〕2号), short name (《方案》) and full title."""

    number: str
    short: str
    title: str

    def cite(self, sections: str) -> str:
        """The full citation of sections joined by 、: `京商流通字〔2026〕2号 二(一)`."""
        return f"{self.number} {sections}"
