import { useEffect, useState } from "react";

import { browserOutside } from "@/core/browserOutside";
import { InterviewConnection } from "@/core/interviewConnection";
import { keepAwake } from "@/core/wakeLock";

/**
 * The line to the interview for as long as the room is open: nudged when the network or the
 * reader comes back, with the screen kept on. `microphone` null: a typed interview.
 */
export function useConnection(
  interviewId: string,
  microphone: MediaStreamTrack | null,
  takeover: boolean,
): InterviewConnection {
  const [connection] = useState(
    () => new InterviewConnection(microphone, browserOutside(interviewId)),
  );

  useEffect(() => {
    connection.start(takeover);
    const seen = () => {
      if (document.visibilityState === "visible") connection.nudge();
    };
    window.addEventListener("online", connection.nudge);
    document.addEventListener("visibilitychange", seen);
    const release = keepAwake();
    return () => {
      window.removeEventListener("online", connection.nudge);
      document.removeEventListener("visibilitychange", seen);
      release();
      connection.close();
    };
  }, [connection, takeover]);

  useEffect(() => {
    void connection.useMicrophone(microphone);
  }, [connection, microphone]);

  return connection;
}
