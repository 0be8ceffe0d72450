"""The seams: what the use cases, the agent and the jobs need from the outside world.

Each Protocol has one contract suite in `tests/contracts/` that all its implementations pass,
fakes included.
"""

from interviewer.interfaces.live import (
    Connection,
    LiveAgent,
    LiveInterviews,
    LivePage,
    LiveRegistry,
    LiveRoom,
    MessageBus,
)
from interviewer.interfaces.models import (
    LanguageModel,
    Message,
    Pcm,
    SpeechSynthesizer,
    Transcriber,
    Voice,
)
from interviewer.interfaces.outside import (
    BlobInfo,
    Blobs,
    JobQueue,
)
from interviewer.interfaces.records import (
    ApiKey,
    AuditEntry,
    AuditRecord,
    CameraRecording,
    ClaimedDelivery,
    DeliveryFigures,
    IdempotentAnswer,
    Ingestion,
    IngestionStatus,
    Page,
    Workspace,
)
from interviewer.interfaces.store import (
    Store,
    Transaction,
    WebhookRecords,
)

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditRecord",
    "BlobInfo",
    "Blobs",
    "CameraRecording",
    "ClaimedDelivery",
    "Connection",
    "DeliveryFigures",
    "IdempotentAnswer",
    "Ingestion",
    "IngestionStatus",
    "JobQueue",
    "LanguageModel",
    "LiveAgent",
    "LiveInterviews",
    "LivePage",
    "LiveRegistry",
    "LiveRoom",
    "Message",
    "MessageBus",
    "Page",
    "Pcm",
    "SpeechSynthesizer",
    "Store",
    "Transaction",
    "Transcriber",
    "Voice",
    "WebhookRecords",
    "Workspace",
]
