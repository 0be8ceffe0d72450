import {
  ConnectionState,
  type RemoteTrack,
  Room,
  RoomEvent,
  Track,
} from "livekit-client";

import type { RoomLine } from "./peer";

const STATES: Record<ConnectionState, RTCPeerConnectionState> = {
  [ConnectionState.Disconnected]: "closed",
  [ConnectionState.Connecting]: "connecting",
  [ConnectionState.Connected]: "connected",
  [ConnectionState.Reconnecting]: "disconnected",
  // The sound flows on meanwhile.
  [ConnectionState.SignalReconnecting]: "connected",
};

/** The sound of one stay in a LiveKit room: a microphone up, the interviewer's voice down. */
export class LiveKitLine implements RoomLine {
  onStateChange: (() => void) | null = null;
  onVoice: ((voice: MediaStream) => void) | null = null;
  /** LiveKit watches its line itself, and no packets come while an interviewer is awaited. */
  readonly received = null;
  readonly #room = new Room({ stopLocalTrackOnUnpublish: false });
  #microphone: MediaStreamTrack | null = null;

  constructor() {
    this.#room.on(RoomEvent.ConnectionStateChanged, () => this.onStateChange?.());
    this.#room.on(RoomEvent.TrackSubscribed, (track: RemoteTrack) => {
      // After the death of one interviewer the next one's track comes: the newest is heard.
      if (track.kind === Track.Kind.Audio) {
        this.onVoice?.(new MediaStream([track.mediaStreamTrack]));
      }
    });
  }

  get connectionState(): RTCPeerConnectionState {
    return STATES[this.#room.state];
  }

  async join(url: string, token: string, microphone: MediaStreamTrack): Promise<void> {
    await this.#room.connect(url, token);
    this.#microphone = microphone;
    await this.#room.localParticipant.publishTrack(microphone, {
      source: Track.Source.Microphone,
      // Packets in silence, too: by them the agent tells a quiet candidate from a line that died.
      dtx: false,
    });
  }

  async replaceMicrophone(track: MediaStreamTrack): Promise<void> {
    const publication = this.#room.localParticipant.getTrackPublication(Track.Source.Microphone);
    if (this.#microphone === track) return;
    this.#microphone = track;
    await publication?.audioTrack?.replaceTrack(track, { userProvidedTrack: true });
  }

  close(): void {
    // The microphone is the page's, which may want it again for the next line.
    void this.#room.disconnect(false);
  }
}
