"""The tests of policy versions and reference tables stand in March 2026."""

from tests.fixtures import desk, in_march  # noqa: F401 - fixtures
