"""The OpenAPI document at /api/v1/schema/, and how it describes the signature."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView

SETTINGS = {
    # 3.1: a field that may be null is said in plain JSON Schema.
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {},
    "COMPONENT_SPLIT_REQUEST": False,
}


class SignatureScheme(OpenApiAuthenticationExtension):
    """`Authorization: HMAC-SHA256 …` in the document's words."""

    target_class = "api.gates.SignedChannel"
    name = "channelSignature"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An API key in a header is the nearest thing OpenAPI knows."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": (
                'HMAC-SHA256 channel="…",timestamp="…",nonce="…",signature="…"; hex HMAC-SHA256 with the channel\'s '
                "secret over METHOD\\nPATH?QUERY\\nTIMESTAMP\\nNONCE\\nHEX-SHA256-OF-BODY\\n. PATH?QUERY raw as sent, "
                "TIMESTAMP in Unix seconds, five minutes of skew, a nonce works once."
            ),
        }


class Schema(SpectacularAPIView):
    """The document, JSON unless YAML is asked for. Public: it says nothing but what the contract says."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]
    custom_settings = SETTINGS
    http_method_names = ("get",)
