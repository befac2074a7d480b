"""The rules of the vehicle subsidies. Importing this package registers them all with `policy.registry`."""

from applications.vehicles.rules import (  # noqa: F401 - each registers its rules
    applicant,
    authorities,
    documents,
    filing,
    invoice,
    new_car,
    old_car,
    ownership,
    process,
    sale,
    vehicle,
)
from applications.vehicles.rules.invoice import computed_amount
from applications.vehicles.rules.plan import BASELINE, PLAN, RULES

__all__ = ["BASELINE", "PLAN", "RULES", "computed_amount"]
