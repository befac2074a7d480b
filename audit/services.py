"""The trail's writes and its proof, in one place: `record`, `record_many`, `seal`, `verify`."""

from audit.personal import PersonalData
from audit.recording import Entry, record, record_many
from audit.sealing import seal
from audit.verification import Break, Report, verify

__all__ = ["Break", "Entry", "PersonalData", "Report", "record", "record_many", "seal", "verify"]
