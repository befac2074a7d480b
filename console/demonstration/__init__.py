"""Demonstration data: accounts, applications and their evidence, all invented, reproducible by a seed.

Nothing here is used by the portal at work. The numbers are well formed (check digits hold) because the portal
refuses others; people, firms and cars are made up.
"""
