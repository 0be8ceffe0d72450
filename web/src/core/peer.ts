/** A candidate's sound, whatever carries it; small enough to fake. */
export interface SoundLine {
  readonly connectionState: RTCPeerConnectionState;
  onStateChange: (() => void) | null;
  onVoice: ((voice: MediaStream) => void) | null;
  replaceMicrophone: (track: MediaStreamTrack) => Promise<void>;
  /** RTP packets that have arrived so far; null where the line is watched by its own means. */
  received: (() => Promise<number>) | null;
  close: () => void;
}

/** What is needed of an `RTCPeerConnection`. */
export interface Peer extends SoundLine {
  /** The complete offer, candidates included: WHIP without trickle. */
  offer: (microphone: MediaStreamTrack) => Promise<string>;
  accept: (answer: string) => Promise<void>;
}

/** What is needed of a LiveKit room. */
export interface RoomLine extends SoundLine {
  join: (url: string, token: string, microphone: MediaStreamTrack) => Promise<void>;
}

/** Hosts without a reachable STUN server never finish gathering; what is there by then will do. */
const GATHERING_PATIENCE = 1000;

/** The browser's peer connection: one audio track each way. */
export class BrowserPeer implements Peer {
  onStateChange: (() => void) | null = null;
  onVoice: ((voice: MediaStream) => void) | null = null;
  readonly #connection: RTCPeerConnection;
  #sender: RTCRtpSender | null = null;

  constructor(iceServers: RTCIceServer[]) {
    this.#connection = new RTCPeerConnection({ iceServers });
    this.#connection.onconnectionstatechange = () => this.onStateChange?.();
    this.#connection.ontrack = ({ track, streams }) =>
      this.onVoice?.(streams[0] ?? new MediaStream([track]));
  }

  get connectionState(): RTCPeerConnectionState {
    return this.#connection.connectionState;
  }

  async offer(microphone: MediaStreamTrack): Promise<string> {
    this.#sender = this.#connection.addTrack(microphone, new MediaStream([microphone]));
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    await this.#gathered();
    return this.#connection.localDescription?.sdp ?? "";
  }

  async accept(answer: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer });
  }

  async replaceMicrophone(track: MediaStreamTrack): Promise<void> {
    await this.#sender?.replaceTrack(track);
  }

  async received(): Promise<number> {
    let packets = 0;
    for (const report of (await this.#connection.getStats()).values()) {
      const { type, packetsReceived } = report as { type: string; packetsReceived?: number };
      if (type === "inbound-rtp") packets += packetsReceived ?? 0;
    }
    return packets;
  }

  close(): void {
    this.#connection.onconnectionstatechange = null;
    this.#connection.ontrack = null;
    this.#connection.close();
  }

  async #gathered(): Promise<void> {
    if (this.#connection.iceGatheringState === "complete") return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHERING_PATIENCE);
      this.#connection.addEventListener("icegatheringstatechange", () => {
        if (this.#connection.iceGatheringState !== "complete") return;
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/**
 * Resolves when `line` is connected; rejects when it gets into a state of `lost` or `timeout` ms
 * have passed.
 */
export function connected(
  line: SoundLine,
  timeout: number,
  lost: RTCPeerConnectionState[] = ["failed", "closed"],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("media timeout")), timeout);
    const look = () => {
      const state = line.connectionState;
      if (state !== "connected" && !lost.includes(state)) return;
      clearTimeout(timer);
      line.onStateChange = null;
      if (state === "connected") resolve();
      else reject(new Error(`media ${state}`));
    };
    line.onStateChange = look;
    look();
  });
}

/** Offer, answer (RFC 9725) and the wait until sound can flow. */
export async function negotiate(
  peer: Peer,
  microphone: MediaStreamTrack,
  exchange: (offer: string) => Promise<{ answer: string; location: string | null }>,
  timeout: number,
): Promise<{ location: string | null }> {
  const offer = await peer.offer(microphone);
  const { answer, location } = await exchange(offer);
  await peer.accept(answer);
  await connected(peer, timeout);
  return { location };
}
