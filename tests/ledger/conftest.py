"""The ledger's tests start with the clock in March 2026."""

from tests.fixtures import desk, funded, in_march  # noqa: F401 - fixtures
