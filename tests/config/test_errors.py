"""Errors answer in Chinese to people and in JSON to machines, and repeat nothing of the request."""

import json

import pytest
from django.template import TemplateDoesNotExist
from django.test import Client, RequestFactory

from config import errors

PERSON = "110101199003070134"


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_pages(status: int, rf: RequestFactory) -> None:
    answer = errors._answer(rf.get(f"/cases/{PERSON}/", {"q": PERSON}), status)
    assert answer.status_code == status
    page = answer.content.decode()
    assert 'lang="zh-Hans' in page
    assert PERSON not in page


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_machines_get_json(status: int, rf: RequestFactory) -> None:
    answer = errors._answer(rf.get(f"/api/v1/x/{PERSON}/"), status)
    assert answer.status_code == status
    assert set(json.loads(answer.content)) == {"code", "message"}
    assert PERSON not in answer.content.decode()


def test_without_templates_there_is_still_a_page(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> str:
        raise TemplateDoesNotExist("errors/500.html")

    monkeypatch.setattr(errors, "render_to_string", missing)
    assert "系统出现错误" in errors.server_error(rf.get("/")).content.decode()


def test_an_unknown_address(db: None) -> None:
    answer = Client().get(f"/nowhere/{PERSON}/")
    assert answer.status_code in (302, 404)
    assert PERSON not in answer.content.decode()


def test_a_form_without_its_token(rf: RequestFactory) -> None:
    assert errors.csrf_failure(rf.post("/"), reason="x").status_code == 403
