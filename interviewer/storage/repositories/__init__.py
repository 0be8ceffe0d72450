"""`Transaction` over SQL, one file for each kind of thing that is kept."""

from __future__ import annotations

from interviewer.storage.repositories.bookkeeping import Bookkeeping
from interviewer.storage.repositories.live import Live
from interviewer.storage.repositories.postings import Postings
from interviewer.storage.repositories.webhooks import Webhooks
from interviewer.storage.repositories.workspaces import Workspaces


class SqlTransaction(Workspaces, Postings, Live, Webhooks, Bookkeeping):
    """One unit of work on one connection; implements `interfaces.Transaction`."""
