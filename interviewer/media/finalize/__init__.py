"""After the interview: both voices and the camera become `audio.mp3` and `video.mp4`."""

from interviewer.media.finalize.camera import CameraFile
from interviewer.media.finalize.compose import FinalizedMedia, finalize
from interviewer.media.finalize.sources import AudioSession, candidate_sound

__all__ = ["AudioSession", "CameraFile", "FinalizedMedia", "candidate_sound", "finalize"]
