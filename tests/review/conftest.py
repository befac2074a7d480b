"""The review's tests start with money in the pool and the clock in March 2026."""

from tests.fixtures import desk, funded, in_march  # noqa: F401 - fixtures
