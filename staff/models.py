"""Who works with the portal: organisations, the people behind accounts, accounts and their dated roles."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models

from staff.roles import TITLES, Role

LOGIN_PATTERN = r"\A[A-Za-z0-9:._+-]{1,40}\Z"


class Organisation(models.Model):
    """A body that staff belong to: one of the 17 district bodies, the bureau, finance, the third-party auditor."""

    class Kind(models.TextChoices):
        DISTRICT = "district", "区级机构"
        BUREAU = "bureau", "市商务局"
        FINANCE = "finance", "财政部门"
        THIRD_PARTY = "third_party", "第三方审核机构"

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=20, choices=Kind.choices)
    ordering = models.PositiveSmallIntegerField("排序", default=0)

    class Meta:
        verbose_name = "机构"
        verbose_name_plural = "机构"
        ordering = ["ordering", "code"]

    def __str__(self) -> str:
        return self.name


class NaturalPerson(models.Model):
    """The human behind one or several accounts: the unit of the four-eyes rule (first pass ≠ second pass)."""

    code = models.CharField("人员编号", max_length=40, unique=True)

    class Meta:
        verbose_name = "自然人（工作人员）"
        verbose_name_plural = "自然人（工作人员）"

    def __str__(self) -> str:
        return self.code


class UserManager(BaseUserManager["User"]):
    """Finds accounts by login. Accounts are made by `staff.services.create_user`, which writes the trail."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(login=username)


class User(AbstractBaseUser):
    """An account. What it may do follows from its dated roles only; there is no superuser."""

    login = models.CharField(
        "登录名",
        max_length=40,
        unique=True,
        validators=[RegexValidator(LOGIN_PATTERN, "登录名只能由字母、数字和 : . _ + - 组成，最长 40 个字符。")],
    )
    display_name = models.CharField("姓名", max_length=60)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="users", verbose_name="所属机构"
    )
    natural_person = models.ForeignKey(
        NaturalPerson, on_delete=models.PROTECT, related_name="users", verbose_name="自然人"
    )
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("创建时间")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        ordering = ["login"]

    def __str__(self) -> str:
        return self.login

    @property
    def actor(self) -> str:
        """The plain code by which the trail knows this account."""
        return f"staff:{self.login}"

    @property
    def is_staff(self) -> bool:
        """Whether the back office (the stock admin) opens at all: only for the administrators."""
        from staff import permissions

        return permissions.may_enter_back_office(self)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """The stock admin's question, answered from the role × action table."""
        from staff import permissions

        return permissions.back_office_permission(self, perm)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the stock admin shows this app."""
        from staff import permissions

        return permissions.back_office_module(self, app_label)


class RoleAssignment(models.Model):
    """A role held in an organisation from a day on, until another (exclusive; none = open; the same day = never)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments", verbose_name="账号")
    role = models.CharField("角色", max_length=24, choices=[(role.value, TITLES[role]) for role in Role])
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="assignments", verbose_name="机构"
    )
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日（不含）", null=True, blank=True)

    class Meta:
        verbose_name = "角色授予"
        verbose_name_plural = "角色授予"
        ordering = ["user_id", "valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="staff_assignment_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="staff_assignment_role"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "organisation", "valid_from"], name="staff_assignment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.role}"
