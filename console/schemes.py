"""Every scheme the commands know: importing this module registers those that are built."""

from __future__ import annotations

from applications.vehicles import scheme as _vehicles  # noqa: F401 - registers its schemes
from policy.scheme import Scheme, scheme, schemes

# The outside contract's names, built or not.
CODES = (
    "vehicle-scrappage",
    "vehicle-replacement",
    "appliance-order",
    "lottery-entry",
    "funding-d1",
    "funding-d2",
    "funding-d3",
)


class NotBuilt(LookupError):
    """The contract names this scheme, but this version of the portal does not judge it."""

    def __init__(self, code: str) -> None:
        built = ", ".join(found.code for found in schemes())
        super().__init__(f"the scheme {code} is not built in this version; built are: {built}")


def built_scheme(code: str) -> Scheme:
    """The scheme of a code of the contract. Raises NotBuilt."""
    try:
        return scheme(code)
    except KeyError:
        raise NotBuilt(code) from None
