"""Addresses of the staff pages."""

from __future__ import annotations

from django.urls import path, register_converter

from desk.views import case, decisions, export, imports, pool, queue, session, start


class ReceiptNumber:
    """S-260316-04127: nothing else reaches a case view."""

    regex = r"[A-Z]{1,3}-[0-9]{6}-[0-9]{5,10}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class LetterEvent(ReceiptNumber):
    """The decisions that a letter announces."""

    regex = "return|reject"


class Ending(ReceiptNumber):
    """The kinds of file a template comes as."""

    regex = "xlsx|csv"


register_converter(Ending, "ending")
register_converter(ReceiptNumber, "receipt")
register_converter(LetterEvent, "letter")

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("mine/", queue.mine, name="mine"),
    path("all/", queue.every, name="all"),
    path("search/", queue.search, name="search"),
    path("export/", export.listed, name="export"),
    path("export/chosen/", export.chosen, name="export-chosen"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("take-next/", queue.take_next, name="take-next"),
    path("cases/<receipt:receipt_no>/", case.case, name="case"),
    path("cases/<receipt:receipt_no>/take/", case.take, name="take"),
    path("cases/<receipt:receipt_no>/release/", case.release, name="release"),
    path("cases/<receipt:receipt_no>/next/", case.following, name="next"),
    path("cases/<receipt:receipt_no>/watch/", case.watch, name="watch"),
    path("cases/<receipt:receipt_no>/letter/<letter:event>/", case.letter, name="letter"),
    path("cases/<receipt:receipt_no>/reveal/", case.reveal, name="reveal"),
    path("cases/<receipt:receipt_no>/decide/", decisions.decide, name="decide"),
    path("cases/<receipt:receipt_no>/assess/", decisions.assess, name="assess"),
    path("cases/<receipt:receipt_no>/clear/", decisions.clear, name="clear"),
    path("cases/<receipt:receipt_no>/answers/<slug:kind>/", decisions.answer, name="answer"),
    path("cases/<receipt:receipt_no>/documents/<int:document_id>/", decisions.confirm, name="confirm"),
    path("documents/<int:document_id>/<int:leaf>/", case.evidence, name="evidence"),
    path("import/", imports.page_of_import, name="import"),
    path("import/template/<slug:scheme>.<ending:ending>", imports.template, name="import-template"),
    path("import/check/", imports.check, name="import-check"),
    path("import/run/", imports.run, name="import-run"),
    path("pool/", pool.pools, name="pool"),
    path("status/", start.status, name="status"),
    path("duties/", start.duties, name="duties"),
]
