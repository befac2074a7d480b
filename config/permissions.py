"""The default permission of the REST interface: none."""

from typing import Any

from rest_framework.permissions import BasePermission


class Nobody(BasePermission):
    """Refuses every request: a view must say who may use it."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False
