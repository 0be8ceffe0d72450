"""A voice interviewer: WebRTC interviews, evidence-based scorecards, an ATS API."""

__version__ = "0.1.0"
