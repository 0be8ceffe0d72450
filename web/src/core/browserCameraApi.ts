import { ApiError, request } from "@/api/client";

import type { CameraApi } from "./cameraUploader";
import type { StoredRecording } from "./chunkStore";

const CHUNK_TIMEOUT = 30_000;

const path = ({ interviewId, cameraId }: StoredRecording, last: string | number) =>
  `/api/candidate/interviews/${encodeURIComponent(interviewId)}/camera/${cameraId}/${last}`;

/** The camera calls over HTTP. A chunk out of order is answered with where to go on. */
export const browserCameraApi: CameraApi = {
  async putChunk(recording, seq, chunk) {
    const headers: Record<string, string> = { "Content-Type": recording.mimeType };
    if (recording.startedAt !== null) {
      headers["X-Started-At"] = recording.startedAt.toFixed(3);
    }
    try {
      const { received } = await request<{ received: number }>(
        "PUT",
        path(recording, seq),
        chunk,
        { headers, signal: AbortSignal.timeout(CHUNK_TIMEOUT) },
      );
      return received;
    } catch (error) {
      const known = error instanceof ApiError ? error.received : null;
      if (known !== null && known !== seq) return known;
      throw error;
    }
  },
  async finish(recording) {
    const { received } = await request<{ received: number }>("POST", path(recording, "finish"));
    return received;
  },
};
