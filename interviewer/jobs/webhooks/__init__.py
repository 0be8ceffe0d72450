"""Delivering to webhooks: `Deliverer` takes what is due from the outbox, `Courier` sends it."""

from __future__ import annotations

from interviewer.jobs.webhooks.courier import Courier
from interviewer.jobs.webhooks.deliverer import Deliverer, DeliveryPace

__all__ = ["Courier", "Deliverer", "DeliveryPace"]
