"""The reference tables as spreadsheets: which columns they have, how a cell is read, what a row must keep to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets

from policy.identifiers import is_organisation_code
from regulation.models import NevModel, ScrapEnterprise, WorkdayOverride

_YES = frozenset({"是", "上班", "工作日", "1", "true"})
_NO = frozenset({"否", "休息", "放假", "0", "false"})


class TextCell(widgets.Widget):
    """A text cell; a number there (a code that lost its leading zeros) is refused."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise ValueError("应为文本单元格")
        return " ".join(value.split())


class NeededText(TextCell):
    """A text cell that may not be empty."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = super().clean(value, row, **kwargs)
        if not text:
            raise ValueError("不能为空")
        return text


class DayCell(widgets.Widget):
    """A date as text (2026-02-24, 2026/2/24) or as a date cell; empty is None."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        parts = str(value).strip().replace("/", "-").split("-")
        try:
            year, month, day = (int(part) for part in parts)
            return date(year, month, day)
        except ValueError:
            raise ValueError("应为日期，如 2026-02-24") from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.isoformat() if value else ""


class NeededDay(DayCell):
    """A date that may not be empty."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        day = super().clean(value, row, **kwargs)
        if day is None:
            raise ValueError("不能为空")
        return day


class WorkCell(widgets.Widget):
    """Whether people work that day: 是 or 否."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        word = str(value).strip().lower()
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise ValueError("应为“是”或“否”")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "是" if value else "否"


class Table(resources.ModelResource):
    """What the reference tables share: unchanged rows are skipped, rows are checked, nothing is deleted."""

    title = ""
    needed: tuple[str, ...] = ()

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Refuse a sheet whose columns are not those of the table: a misspelt one would be left out in silence."""
        headers = [str(header or "").strip() for header in dataset.headers or []]
        known = {field.column_name for field in self.fields.values()}
        missing = [name for name in self.needed if name not in headers]
        unknown = [name for name in headers if name and name not in known]
        if missing or unknown:
            said = [f"缺少列“{name}”" for name in missing] + [f"没有“{name}”这一列" for name in unknown]
            raise ValidationError("；".join(said))

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Read the cells that identify a row first: later a bad one among them would not be told by its column."""
        found: dict[str, str] = {}
        for name in self._meta.import_id_fields:
            try:
                self.fields[name].clean(row)
            except ValueError as error:
                found[name] = str(error)
        if found:
            raise ValidationError(found)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """No ids are imported, so no sequence needs to be reset (which the runtime role may not do)."""

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Refuse what contradicts itself; the messages name the column."""
        problems = dict(import_validation_errors or {})
        problems.update(self.problems(instance))
        super().validate_instance(instance, problems, validate_unique=False)

    def problems(self, instance: Any) -> Mapping[str, str]:
        """What is wrong with a row as a whole, by column."""
        return {}


class NevModels(Table):
    """《减免车辆购置税的新能源汽车车型目录》 (V-C-10)."""

    title = "新能源汽车车型目录"
    needed = ("车型型号", "列入日期")
    model_code = fields.Field(attribute="model_code", column_name="车型型号", widget=NeededText())
    batch_no = fields.Field(attribute="batch_no", column_name="批次", widget=TextCell())
    included_on = fields.Field(attribute="included_on", column_name="列入日期", widget=NeededDay())
    withdrawn_on = fields.Field(attribute="withdrawn_on", column_name="撤销日期", widget=DayCell())

    class Meta:
        model = NevModel
        import_id_fields = ("model_code", "included_on")
        fields = ("model_code", "batch_no", "included_on", "withdrawn_on")
        skip_unchanged = True
        clean_model_instances = True

    def problems(self, instance: NevModel) -> Mapping[str, str]:
        """The withdrawal does not come before the listing."""
        if instance.withdrawn_on and instance.included_on and instance.withdrawn_on < instance.included_on:
            return {"撤销日期": "撤销日期早于列入日期"}
        return {}


class ScrapEnterprises(Table):
    """The qualified scrapping enterprises (V-S-11)."""

    title = "有资质的报废机动车回收拆解企业"
    needed = ("企业名称", "资质起始日期")
    name = fields.Field(attribute="name", column_name="企业名称", widget=NeededText())
    uscc = fields.Field(attribute="uscc", column_name="统一社会信用代码", widget=TextCell())
    region = fields.Field(attribute="region", column_name="地区", widget=TextCell())
    qualified_from = fields.Field(attribute="qualified_from", column_name="资质起始日期", widget=NeededDay())
    qualified_to = fields.Field(attribute="qualified_to", column_name="资质截止日期", widget=DayCell())

    class Meta:
        model = ScrapEnterprise
        import_id_fields = ("name", "qualified_from")
        fields = ("name", "uscc", "region", "qualified_from", "qualified_to")
        skip_unchanged = True
        clean_model_instances = True

    def problems(self, instance: ScrapEnterprise) -> Mapping[str, str]:
        """The unified code holds its check character, the end does not come before the beginning."""
        found = {}
        if instance.uscc and not is_organisation_code(instance.uscc):
            found["统一社会信用代码"] = "统一社会信用代码校验不符"
        if instance.qualified_to and instance.qualified_from and instance.qualified_to < instance.qualified_from:
            found["资质截止日期"] = "资质截止日期早于起始日期"
        return found


class Workdays(Table):
    """Days that are (not) working days against the published calendar."""

    title = "工作日调整"
    needed = ("日期", "是否工作日")
    date = fields.Field(attribute="date", column_name="日期", widget=NeededDay())
    is_workday = fields.Field(attribute="is_workday", column_name="是否工作日", widget=WorkCell())
    document_no = fields.Field(attribute="document_no", column_name="文号", widget=TextCell())

    class Meta:
        model = WorkdayOverride
        import_id_fields = ("date",)
        fields = ("date", "is_workday", "document_no")
        skip_unchanged = True
        clean_model_instances = True


TABLES: Mapping[str, type[Table]] = {
    "nev-models": NevModels,
    "scrap-enterprises": ScrapEnterprises,
    "workdays": Workdays,
}
