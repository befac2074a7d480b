"""Model fields whose column holds ciphertext only.

The value is opened when the attribute is read, not when the row is loaded: a queue of fifty cases that shows no
identity decrypts nothing. Until then the instance carries a `Sealed`, whose text forms say nothing; `values()` gives
the `Sealed` as well. There is no lookup but `isnull`: encrypted values are found by their keyed digests
(`people.crypto.lookup_digest`) and never sort.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from people.crypto import cipher


class Sealed:
    """A ciphertext on its way between the row and whoever asks for the value."""

    __slots__ = ("_field", "ciphertext")

    def __init__(self, ciphertext: bytes, field: EncryptedField) -> None:
        self.ciphertext = ciphertext
        self._field = field

    def open(self) -> Any:
        """The value in the clear; `people.crypto.CipherError` if it does not open."""
        return self._field.unseal(self.ciphertext)

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__


class SealedAttribute(DeferredAttribute):
    """Opens the value at the first reading and keeps it for the life of the instance."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = value.open()
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        # With this the descriptor is asked before the instance's own dictionary, or it would never open anything.
        instance.__dict__[self.field.attname] = value


class EncryptedField(models.Field):
    """What the encrypted fields share; the subclasses say how a value becomes text."""

    descriptor_class = SealedAttribute
    empty_strings_allowed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    @property
    def place(self) -> str:
        """What a ciphertext of this column is bound to: `app.Model.field`."""
        return f"{self.model._meta.label}.{self.name}"

    def encode(self, value: Any) -> str:
        """The text that is encrypted."""
        raise TypeError(f"{type(self).__name__} does not say how to encode a value")

    def decode(self, text: str) -> Any:
        """The value of a decrypted text."""
        raise TypeError(f"{type(self).__name__} does not say how to decode a value")

    def seal(self, value: Any) -> bytes:
        """Encrypt a value for this column with the current key."""
        return cipher().encrypt(self.encode(value).encode(), place=self.place)

    def unseal(self, ciphertext: bytes) -> Any:
        """Decrypt a ciphertext of this column."""
        return self.decode(cipher().decrypt(ciphertext, place=self.place).decode())

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value), self)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        sealed = value.ciphertext if isinstance(value, Sealed) else self.seal(value)
        return connection.Database.Binary(sealed)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """A value that nobody read is written back as it is: not opened, not encrypted again."""
        value = model_instance.__dict__.get(self.attname)
        return value if isinstance(value, Sealed) else super().pre_save(model_instance, add)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.place} is encrypted: find it by its keyed digest, not by {lookup_name!r}")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: Any) -> str:
        """Serialised dumps carry ciphertext, never the value."""
        value = obj.__dict__.get(self.attname)
        if value is None:
            return ""
        sealed = value.ciphertext if isinstance(value, Sealed) else self.seal(value)
        return base64.b64encode(sealed).decode()

    def to_python(self, value: Any) -> Any:
        return value

    def formfield(self, **kwargs: Any) -> None:
        """No form ever offers the value, the stock admin's included."""
        return None


class EncryptedTextField(EncryptedField):
    """A text, encrypted."""

    def encode(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{self.place} takes a text")
        return value

    def decode(self, text: str) -> str:
        return text


class EncryptedJSONField(EncryptedField):
    """A JSON document (dict, list, str, int, bool, None), encrypted as a whole."""

    def encode(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def decode(self, text: str) -> Any:
        return json.loads(text)
