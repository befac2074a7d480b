"""What vehicle applications contribute to review and desk: one object a scheme (DESIGN §2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from applications.vehicles import content
from applications.vehicles.dossier import REPLACEMENT, SCRAPPAGE
from applications.vehicles.facts import POOL_CODE
from applications.vehicles.models import VehicleApplication
from applications.vehicles.presentation import case_parameters, present
from applications.vehicles.reasons import reason_codes
from exchange import authority
from review import schemes, states
from review.models import Case
from review.schemes import Evaluated, Presentation, ReasonCode

# Target times of catalogue §9.2 (recommended), in working days.
_CLOCK_DAYS = {states.DISTRICT: 3, states.MUNICIPAL: 2}


class VehicleReview:
    """The reviewed side of one vehicle scheme."""

    clock_days: Mapping[str, int] = _CLOCK_DAYS
    pool_code = POOL_CODE

    def __init__(self, code: str, title: str, short_title: str, prefix: str) -> None:
        self.code = code
        self.title = title
        self.short_title = short_title
        self.prefix = prefix
        self.reason_codes: Mapping[str, ReasonCode] = reason_codes(code)

    def refresh(self, case: Case, *, at: datetime) -> Evaluated:
        """Judge the stored content with what is known now; stores nothing."""
        application = self.application(case)
        assert case.person is not None
        return content.evaluate(
            application.filed,
            application.answers,
            person=case.person,
            case=case,
            submitted_at=case.submitted_at,
            corrected_at=case.corrected_at,
        )

    def present(self, case: Case) -> Presentation:
        """Masked content for the case page."""
        return present(case, self.application(case))

    def correction_close(self, case: Case) -> datetime:
        """2026-12-10 24:00, or what a later version says (V-C-05)."""
        value: datetime = case_parameters(case)["corr_close_before"]
        return value

    def on_decided(self, case: Case, event: str, *, at: datetime) -> None:
        """An application that ended asks authorities nothing more."""
        if case.state not in states.LIVE:
            authority.close(case.pk, at=at)

    @staticmethod
    def application(case: Case) -> VehicleApplication:
        """The content row of a case."""
        return VehicleApplication.objects.get(case=case)


SCRAPPAGE_REVIEW = VehicleReview(SCRAPPAGE, "汽车报废更新补贴", "报废", "S")
REPLACEMENT_REVIEW = VehicleReview(REPLACEMENT, "汽车置换更新补贴", "置换", "R")


def register() -> None:
    """Make both schemes known to review."""
    schemes.register(SCRAPPAGE_REVIEW)
    schemes.register(REPLACEMENT_REVIEW)
