import { ApiError } from "@/api/client";
import type {
  ConnectAnswer,
  PageMessage,
  RoomAnswer,
  ServiceMessage,
  SoundAnswer,
  Transport,
} from "@/api/types";

import { type Conversation, hear, newConversation } from "./conversation";
import { Observable } from "./observable";
import { connected, negotiate, type Peer, type RoomLine, type SoundLine } from "./peer";

/**
 * How the page stands with the service.
 * `live`: the events socket is open (and the sound too, in a spoken interview);
 * `elsewhere`: open in another browser, may be taken over; `taken_over`: another window took it;
 * `over`: ended or not to be entered any more; `refused`: the service wants another step first.
 */
export type Link =
  | "idle"
  | "connecting"
  | "live"
  | "reconnecting"
  | "elsewhere"
  | "taken_over"
  | "over"
  | "refused";

export interface ConnectionView {
  link: Link;
  conversation: Conversation;
  /** The interviewer's voice. */
  voice: MediaStream | null;
  /** Sound could not be set up although the service answers: a firewall, as a rule. */
  soundBlocked: boolean;
  /** Tries in a row that failed, and the service's code for the last one, if it gave any. */
  failures: number;
  problem: string | null;
}

/** What the connection needs from the outside; the browser's own in `browserOutside`. */
export interface Outside {
  connect: (takeover: boolean, transport: Transport) => Promise<ConnectAnswer>;
  exchange: (sdpUrl: string, offer: string) => Promise<{ answer: string; location: string | null }>;
  hangUp: (location: string) => void;
  openSocket: (url: string) => WebSocket;
  openPeer: (iceServers: RTCIceServer[]) => Peer;
  openRoom: () => Promise<RoomLine>;
  now: () => number;
}

/** Waits before the n-th try in a row, ms. The first is at once: most drops are short. */
const BACKOFF = [0, 400, 1000, 2000, 3500];
const SOCKET_TIMEOUT = 5000;
const MEDIA_TIMEOUT = 8000;
/** ICE calls itself `disconnected` for short hiccups too; a longer one is a loss. */
const DISCONNECTED_PATIENCE = 2000;
/**
 * Looks in a row, one a second, that find no new packet: the line is dead although ICE, which
 * takes half a minute for it, still hopes. The service sends silence too, so packets never stop;
 * it gives a silent line up after 2 s itself.
 */
const SILENT_LOOKS = 3;
/** A sound path that fails this often beside a working socket will not come. */
const MEDIA_TRIES = 3;
const LAST_WORD = 700;
const OUTBOX_SIZE = 50;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** These must arrive even if said while the line was down; the rest is about the moment. */
const lasting = (message: PageMessage) =>
  message.type === "typed_answer" || message.type === "leave" || message.type === "integrity";

class MediaFailed extends Error {}

/**
 * One candidate's line to their interview: events by WebSocket, sound by WebRTC (WHIP) or through
 * a LiveKit room, both brought back after every kind of loss. The service knows the place; the line keeps none.
 */
export class InterviewConnection {
  readonly view: Observable<ConnectionView>;
  readonly #outside: Outside;
  #microphone: MediaStreamTrack | null;
  #spoken: boolean;
  #socket: WebSocket | null = null;
  #peer: SoundLine | null = null;
  #location: string | null = null;
  #eventsUrl: string | null = null;
  /** Raised by everything that makes a running attempt pointless. */
  #generation = 0;
  #mediaFailures = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #wake: (() => void) | null = null;
  #outbox: PageMessage[] = [];

  /** `microphone` null: a typed interview, events only. */
  constructor(microphone: MediaStreamTrack | null, outside: Outside) {
    this.#microphone = microphone;
    this.#spoken = microphone !== null;
    this.#outside = outside;
    this.view = new Observable<ConnectionView>({
      link: "idle",
      conversation: newConversation,
      voice: null,
      soundBlocked: false,
      failures: 0,
      problem: null,
    });
  }

  /** Connect, and stay connected until the end or `close`. */
  start(takeover = false): void {
    this.#update({ link: "connecting", failures: 0 });
    void this.#run(takeover);
  }

  /** Another try right now: the network is back, or the page is looked at again. */
  readonly nudge = (): void => {
    this.#wake?.();
    if (this.view.get().link !== "live") return;
    const socketLost = this.#socket !== null && this.#socket.readyState > WebSocket.OPEN;
    const soundLost = this.#peer !== null && this.#peer.connectionState !== "connected";
    if (socketLost || soundLost) this.#lost();
  };

  /** False if it could not be sent and is not worth sending later. */
  send(message: PageMessage): boolean {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify(message));
      return true;
    }
    if (!lasting(message)) return false;
    this.#outbox = [...this.#outbox, message].slice(-OUTBOX_SIZE);
    return true;
  }

  /** Another microphone in mid-interview; from null on, the sound path is set up anew. */
  async useMicrophone(track: MediaStreamTrack | null): Promise<void> {
    this.#microphone = track;
    if (this.#peer && track) {
      await this.#peer.replaceMicrophone(track);
    } else if (track && (!this.#spoken || this.view.get().link === "live")) {
      // Typed so far, or connected while the microphone was away.
      this.#spoken = true;
      this.#mediaFailures = 0;
      this.#update({ soundBlocked: false });
      if (this.view.get().link === "live") this.#lost();
    }
  }

  /** Hang up for good. */
  close(): void {
    this.#generation += 1;
    this.#wake?.();
    this.#dropSocket();
    this.#dropPeer(true);
  }

  #update(change: Partial<ConnectionView>): void {
    this.view.set({ ...this.view.get(), ...change });
  }

  async #run(takeover: boolean): Promise<void> {
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    for (let failures = 0; current(); failures += 1) {
      if (failures > 0) await this.#pause(BACKOFF[Math.min(failures, BACKOFF.length - 1)] ?? 0);
      if (!current()) return;
      try {
        await this.#attempt(takeover, current);
        if (current()) this.#settled();
        return;
      } catch (error) {
        if (!current()) return;
        this.#dropSocket();
        this.#dropPeer(false);
        if (this.#final(error)) return;
        if (error instanceof MediaFailed) this.#noteMediaFailure();
        this.#update({
          failures: failures + 1,
          problem: error instanceof ApiError ? error.code : null,
          link: this.view.get().link === "connecting" ? "connecting" : "reconnecting",
        });
      }
    }
  }

  async #attempt(takeover: boolean, current: () => boolean): Promise<void> {
    const answer = await this.#outside.connect(takeover, this.#spoken ? "sound" : "text");
    if (!current()) return;
    this.#eventsUrl = answer.events_url;
    await this.#openSocket(answer.events_url, current);
    if (answer.transport !== "text" && this.#microphone && current()) {
      await this.#openSound(answer, this.#microphone, current);
    }
  }

  #settled(): void {
    this.#mediaFailures = 0;
    this.#update({ link: "live", failures: 0, problem: null });
    const waiting = this.#outbox;
    this.#outbox = [];
    for (const message of waiting) this.send(message);
  }

  /** True if no further try can help, with the view saying why. */
  #final(error: unknown): boolean {
    if (!(error instanceof ApiError)) return false;
    const { status, code } = error;
    if (status === 409 && code !== "interview_over") this.#update({ link: "elsewhere" });
    else if (status === 409 || status === 410 || status === 404) this.#update({ link: "over" });
    else if (status === 403) this.#update({ link: "refused" });
    else return false;
    return true;
  }

  #noteMediaFailure(): void {
    this.#mediaFailures += 1;
    if (this.#mediaFailures >= MEDIA_TRIES) {
      this.#spoken = false;
      this.#update({ soundBlocked: true });
    }
  }

  async #openSocket(url: string, current: () => boolean): Promise<void> {
    this.#dropSocket();
    const socket = this.#outside.openSocket(url);
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => {
      if (this.#socket === socket) this.#receive(JSON.parse(event.data) as ServiceMessage);
    };
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("socket timeout")), SOCKET_TIMEOUT);
      socket.onopen = () => {
        clearTimeout(timer);
        resolve();
      };
      socket.onclose = () => {
        clearTimeout(timer);
        reject(new Error("socket closed"));
      };
    });
    socket.onclose = () => {
      if (this.#socket === socket && current()) void this.#socketLost();
    };
  }

  async #openSound(
    answer: SoundAnswer | RoomAnswer,
    microphone: MediaStreamTrack,
    current: () => boolean,
  ): Promise<void> {
    this.#dropPeer(false);
    let line: SoundLine;
    try {
      line =
        answer.transport === "livekit"
          ? await this.#joinRoom(answer, microphone)
          : await this.#callPeer(answer, microphone);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new MediaFailed("no sound path", { cause: error });
    }
    line.onStateChange = () => {
      if (this.#peer === line && current()) void this.#watchSound(line, current);
    };
    this.#watchPackets(line);
  }

  async #callPeer(answer: SoundAnswer, microphone: MediaStreamTrack): Promise<SoundLine> {
    const peer = this.#outside.openPeer(answer.ice_servers);
    this.#take(peer);
    const { location } = await negotiate(
      peer,
      microphone,
      (offer) => this.#outside.exchange(answer.sdp_url, offer),
      MEDIA_TIMEOUT,
    );
    this.#location = location;
    return peer;
  }

  async #joinRoom(answer: RoomAnswer, microphone: MediaStreamTrack): Promise<SoundLine> {
    const room = await this.#outside.openRoom();
    this.#take(room);
    await Promise.all([
      room.join(answer.url, answer.token, microphone),
      connected(room, MEDIA_TIMEOUT, ["failed"]),
    ]);
    return room;
  }

  #take(line: SoundLine): void {
    this.#peer = line;
    line.onVoice = (voice) => {
      if (this.#peer === line) this.#update({ voice });
    };
  }

  #watchPackets(line: SoundLine): void {
    const { received } = line;
    let seen = 0;
    let silent = 0;
    const look = async () => {
      const count = (await received?.call(line).catch(() => seen)) ?? seen;
      if (this.#peer !== line) return;
      silent = count === seen ? silent + 1 : 0;
      seen = count;
      if (silent >= SILENT_LOOKS && this.view.get().link === "live") this.#lost();
    };
    clearInterval(this.#watch);
    if (received) this.#watch = setInterval(() => void look(), 1000);
  }

  async #watchSound(peer: SoundLine, current: () => boolean): Promise<void> {
    if (peer.connectionState === "disconnected") await wait(DISCONNECTED_PATIENCE);
    const state = peer.connectionState;
    const gone = state === "disconnected" || state === "failed" || state === "closed";
    if (gone && this.#peer === peer && current()) this.#lost();
  }

  /** While the sound still flows, only the events are opened again: nobody hears a gap. */
  async #socketLost(): Promise<void> {
    const link = this.view.get().link;
    if (link !== "live" && link !== "connecting") return;
    const soundFlows = this.#peer?.connectionState === "connected";
    if (!soundFlows || this.#eventsUrl === null) {
      this.#lost();
      return;
    }
    this.#update({ link: "reconnecting" });
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    try {
      await this.#openSocket(this.#eventsUrl, current);
      if (!current()) return;
      const peer = this.#peer;
      if (peer) peer.onStateChange = () => void this.#watchSound(peer, current);
      this.#settled();
    } catch {
      if (current()) this.#lost();
    }
  }

  #lost(): void {
    this.#dropSocket();
    this.#dropPeer(false);
    this.#update({ link: "reconnecting" });
    void this.#run(false);
  }

  #receive(message: ServiceMessage): void {
    const conversation = hear(this.view.get().conversation, message, this.#outside.now());
    this.#update({ conversation });
    if (message.type === "ended") this.#stop("over");
    if (message.type === "notice" && message.code === "taken_over") this.#stop("taken_over");
  }

  #stop(link: "over" | "taken_over"): void {
    this.#update({ link });
    if (link === "taken_over") {
      this.#update({ voice: null });
      this.close();
      return;
    }
    this.#generation += 1;
    this.#dropSocket();
    // The last word may still be on its way through the jitter buffer.
    setTimeout(() => this.close(), LAST_WORD);
  }

  /** Wait, unless a nudge says that there is reason for hope. */
  async #pause(ms: number): Promise<void> {
    await Promise.race([wait(ms), new Promise<void>((resolve) => (this.#wake = resolve))]);
    this.#wake = null;
  }

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
  }

  /** `hangUp`: tell the service too, which otherwise notices by itself. */
  #dropPeer(hangUp: boolean): void {
    const peer = this.#peer;
    this.#peer = null;
    clearInterval(this.#watch);
    if (peer) {
      peer.onStateChange = null;
      peer.onVoice = null;
      peer.close();
    }
    if (hangUp && this.#location) this.#outside.hangUp(this.#location);
    this.#location = null;
  }
}
