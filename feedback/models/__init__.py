"""What the front door remembers itself. A concern that was accepted is a case and stands in ``cases``."""

from feedback.models.attempts import Attempt
from feedback.models.browser_reports import BrowserReport
from feedback.models.data_copies import DataCopy
from feedback.models.draft import Draft, DraftBrowser
from feedback.models.mail_codes import MailCode
from feedback.models.sent_forms import SentForm

__all__ = ["Attempt", "BrowserReport", "DataCopy", "Draft", "DraftBrowser", "MailCode", "SentForm"]
