import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ApiError } from "@/api/client";
import type { ConnectAnswer, ServiceMessage, Transport } from "@/api/types";

import { InterviewConnection, type Outside } from "./interviewConnection";
import type { Peer, RoomLine } from "./peer";

const MICROPHONE = { kind: "audio" } as MediaStreamTrack;

class FakeSocket {
  static readonly OPEN = 1;
  readyState = 0;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  readonly sent: { type: string }[] = [];
  send(text: string) {
    this.sent.push(JSON.parse(text) as { type: string });
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  drop() {
    this.readyState = 3;
    this.onclose?.();
  }
  close() {
    this.readyState = 3;
  }
  say(message: ServiceMessage) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

class FakePeer implements Peer {
  connectionState: RTCPeerConnectionState = "new";
  onStateChange: (() => void) | null = null;
  onVoice: ((voice: MediaStream) => void) | null = null;
  readonly microphones: MediaStreamTrack[] = [];
  readonly #works: boolean;
  constructor(works: boolean) {
    this.#works = works;
  }
  offer(microphone: MediaStreamTrack) {
    this.microphones.push(microphone);
    return Promise.resolve("offer");
  }
  accept() {
    if (this.#works) this.become("connected");
    return Promise.resolve();
  }
  replaceMicrophone(track: MediaStreamTrack) {
    this.microphones.push(track);
    return Promise.resolve();
  }
  #packets = 0;
  silent = false;
  received() {
    if (!this.silent) this.#packets += 50;
    return Promise.resolve(this.#packets);
  }
  close() {
    this.connectionState = "closed";
  }
  become(state: RTCPeerConnectionState) {
    this.connectionState = state;
    this.onStateChange?.();
  }
}

class FakeRoom implements RoomLine {
  connectionState: RTCPeerConnectionState = "closed";
  onStateChange: (() => void) | null = null;
  onVoice: ((voice: MediaStream) => void) | null = null;
  readonly received = null;
  readonly joined: unknown[] = [];
  readonly #works: boolean;
  constructor(works: boolean) {
    this.#works = works;
  }
  join(...how: unknown[]) {
    this.joined.push(...how);
    if (!this.#works) return Promise.reject(new Error("no room"));
    this.become("connected");
    return Promise.resolve();
  }
  replaceMicrophone(track: MediaStreamTrack) {
    this.joined.push(track);
    return Promise.resolve();
  }
  close() {
    this.connectionState = "closed";
  }
  become(state: RTCPeerConnectionState) {
    this.connectionState = state;
    this.onStateChange?.();
  }
}

/** A service that answers as told; sockets open by themselves unless `socketsOpen` is false. */
function stage() {
  const world = {
    sockets: [] as FakeSocket[],
    peers: [] as FakePeer[],
    rooms: [] as FakeRoom[],
    connects: [] as boolean[],
    transports: [] as Transport[],
    hungUp: [] as string[],
    refuse: null as Error | null,
    socketsOpen: true,
    soundWorks: true,
  };
  const answers: Record<Transport, ConnectAnswer> = {
    sound: { transport: "webrtc", sdp_url: "/sdp", events_url: "/events", ice_servers: [] },
    text: { transport: "text", events_url: "/events" },
  };
  const outside: Outside = {
    connect: (takeover, transport) => {
      world.connects.push(takeover);
      world.transports.push(transport);
      return world.refuse ? Promise.reject(world.refuse) : Promise.resolve(answers[transport]);
    },
    exchange: () => Promise.resolve({ answer: "answer", location: "/sdp" }),
    hangUp: (location) => world.hungUp.push(location),
    openSocket: () => {
      const socket = new FakeSocket();
      world.sockets.push(socket);
      if (world.socketsOpen) queueMicrotask(() => socket.open());
      else queueMicrotask(() => socket.drop());
      return socket as unknown as WebSocket;
    },
    openPeer: () => {
      const peer = new FakePeer(world.soundWorks);
      world.peers.push(peer);
      return peer;
    },
    openRoom: () => {
      const room = new FakeRoom(world.soundWorks);
      world.rooms.push(room);
      return Promise.resolve(room);
    },
    now: () => Date.now(),
  };
  return { world, outside, answers };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function live(microphone: MediaStreamTrack | null = MICROPHONE) {
  const { world, outside } = stage();
  const line = new InterviewConnection(microphone, outside);
  line.start();
  await settle();
  expect(line.view.get().link).toBe("live");
  return { world, line };
}

test("opens the events before the offer, and is live with both", async () => {
  const { world } = await live();
  expect(world.connects).toEqual([false]);
  expect(world.transports).toEqual(["sound"]);
  expect(world.sockets).toHaveLength(1);
  expect(world.peers[0]?.microphones).toEqual([MICROPHONE]);
});

test("a typed interview says so and needs no peer; a microphone makes it a spoken one", async () => {
  const { world, line } = await live(null);
  expect(world.transports).toEqual(["text"]);
  expect(world.peers).toHaveLength(0);
  await line.useMicrophone(MICROPHONE);
  await settle();
  expect(world.transports).toEqual(["text", "sound"]);
  expect(world.peers.at(-1)?.connectionState).toBe("connected");
});

test("a microphone that was away while connecting is taken up when it is back", async () => {
  const { world, line } = await live();
  await line.useMicrophone(null);
  world.peers[0]?.become("failed");
  await settle();
  expect(world.transports).toEqual(["sound", "sound"]);
  expect(world.peers).toHaveLength(1);
  await line.useMicrophone(MICROPHONE);
  await settle();
  expect(world.peers.at(-1)?.connectionState).toBe("connected");
  expect(line.view.get().link).toBe("live");
});

test("after failed sound it connects anew, at once", async () => {
  const { world, line } = await live();
  world.peers[0]?.become("failed");
  await settle();
  expect(line.view.get().link).toBe("live");
  expect(world.connects).toHaveLength(2);
});

test("a short hiccup of ICE is waited out", async () => {
  const { world, line } = await live();
  world.peers[0]?.become("disconnected");
  await vi.advanceTimersByTimeAsync(1500);
  world.peers[0]?.become("connected");
  await vi.advanceTimersByTimeAsync(3000);
  expect(world.connects).toHaveLength(1);
  expect(line.view.get().link).toBe("live");
});

test("a longer one is a loss", async () => {
  const { world } = await live();
  world.peers[0]?.become("disconnected");
  await vi.advanceTimersByTimeAsync(2100);
  expect(world.connects).toHaveLength(2);
});

test("a line without packets is given up after 3 s, although ICE calls it connected", async () => {
  const { world, line } = await live();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(world.connects).toHaveLength(1);
  if (world.peers[0]) world.peers[0].silent = true;
  await vi.advanceTimersByTimeAsync(2500);
  expect(world.connects).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(world.connects).toHaveLength(2);
  expect(line.view.get().link).toBe("live");
});

test("a lost socket beside flowing sound is opened again alone", async () => {
  const { world, line } = await live();
  world.sockets[0]?.drop();
  await settle();
  expect(line.view.get().link).toBe("live");
  expect(world.sockets).toHaveLength(2);
  expect(world.connects).toHaveLength(1);
  expect(world.peers[0]?.connectionState).toBe("connected");
});

test("if that fails too, everything is set up anew", async () => {
  const { world, line } = await live();
  world.socketsOpen = false;
  world.sockets[0]?.drop();
  await settle();
  expect(line.view.get().link).toBe("reconnecting");
  world.socketsOpen = true;
  await vi.advanceTimersByTimeAsync(5000);
  expect(line.view.get().link).toBe("live");
});

test("keeps trying while the service is away, and is back within 5 s of its return", async () => {
  const { world, line } = await live();
  world.refuse = new ApiError(0, "unreachable", "");
  world.peers[0]?.become("failed");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(line.view.get().link).toBe("reconnecting");
  expect(line.view.get().failures).toBeGreaterThan(10);
  world.refuse = null;
  await vi.advanceTimersByTimeAsync(5000);
  expect(line.view.get().link).toBe("live");
});

test("a nudge cuts the wait short", async () => {
  const { world, line } = await live();
  world.refuse = new ApiError(503, "unavailable", "");
  world.peers[0]?.become("failed");
  await vi.advanceTimersByTimeAsync(20_000);
  world.refuse = null;
  line.nudge();
  await settle();
  expect(line.view.get().link).toBe("live");
});

test("live elsewhere: told once, and taken over when asked", async () => {
  const { world, outside } = stage();
  world.refuse = new ApiError(409, "already_connected", "");
  const line = new InterviewConnection(MICROPHONE, outside);
  line.start();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(line.view.get().link).toBe("elsewhere");
  expect(world.connects).toEqual([false]);
  world.refuse = null;
  line.start(true);
  await settle();
  expect(world.connects).toEqual([false, true]);
  expect(line.view.get().link).toBe("live");
});

test.each([
  [409, "interview_over", "over"],
  [410, "gone", "over"],
  [404, "not_found", "over"],
  [403, "consent_required", "refused"],
])("%i %s is final: %s", async (status, code, link) => {
  const { world, outside } = stage();
  world.refuse = new ApiError(status, code, "");
  const line = new InterviewConnection(MICROPHONE, outside);
  line.start();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(line.view.get().link).toBe(link);
  expect(world.connects).toHaveLength(1);
});

test("after a takeover it stays away", async () => {
  const { world, line } = await live();
  world.sockets[0]?.say({ type: "notice", code: "taken_over", message: "" });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(line.view.get().link).toBe("taken_over");
  expect(world.connects).toHaveLength(1);
  expect(world.peers[0]?.connectionState).toBe("closed");
});

test("at the end the last word may still be heard, then it hangs up", async () => {
  const { world, line } = await live();
  world.sockets[0]?.say({ type: "ended", reason: "completed", redirect_url: null });
  expect(line.view.get().link).toBe("over");
  expect(world.peers[0]?.connectionState).toBe("connected");
  await vi.advanceTimersByTimeAsync(1000);
  expect(world.peers[0]?.connectionState).toBe("closed");
  expect(world.hungUp).toEqual(["/sdp"]);
});

test("what lasts is sent after the line is back; what was for the moment is not", async () => {
  const { world, line } = await live();
  world.refuse = new ApiError(0, "unreachable", "");
  world.peers[0]?.become("failed");
  await settle();
  expect(line.send({ type: "typed_answer", text: "Yes" })).toBe(true);
  expect(line.send({ type: "skip" })).toBe(false);
  world.refuse = null;
  await vi.advanceTimersByTimeAsync(5000);
  expect(world.sockets.at(-1)?.sent).toEqual([{ type: "typed_answer", text: "Yes" }]);
});

test("where no sound gets through, the interview goes on without it, and can try again", async () => {
  const { world, outside } = stage();
  world.soundWorks = false;
  const line = new InterviewConnection(MICROPHONE, outside);
  line.start();
  await vi.advanceTimersByTimeAsync(40_000);
  expect(line.view.get()).toMatchObject({ link: "live", soundBlocked: true });
  expect(world.transports.at(-1)).toBe("text");
  world.soundWorks = true;
  await line.useMicrophone(MICROPHONE);
  await settle();
  expect(line.view.get()).toMatchObject({ link: "live", soundBlocked: false });
  expect(world.peers.at(-1)?.connectionState).toBe("connected");
});

test("another microphone takes over without a new connection", async () => {
  const { world, line } = await live();
  const headset = { kind: "audio" } as MediaStreamTrack;
  await line.useMicrophone(headset);
  expect(world.peers[0]?.microphones).toEqual([MICROPHONE, headset]);
  expect(world.connects).toHaveLength(1);
});

test("closing ends every try", async () => {
  const { world, line } = await live();
  world.refuse = new ApiError(0, "unreachable", "");
  world.peers[0]?.become("failed");
  await settle();
  line.close();
  const tries = world.connects.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(world.connects).toHaveLength(tries);
});

const ROOM = {
  transport: "livekit",
  url: "wss://sound",
  token: "token",
  events_url: "/events",
} as const;

async function liveInRoom() {
  const { world, outside, answers } = stage();
  answers.sound = ROOM;
  const line = new InterviewConnection(MICROPHONE, outside);
  line.start();
  await settle();
  expect(line.view.get().link).toBe("live");
  return { world, line };
}

test("where the service says LiveKit, the room is joined with the microphone", async () => {
  const { world, line } = await liveInRoom();
  expect(world.rooms[0]?.joined).toEqual(["wss://sound", "token", MICROPHONE]);
  expect(world.peers).toHaveLength(0);
  const voice = {} as MediaStream;
  world.rooms[0]?.onVoice?.(voice);
  expect(line.view.get().voice).toBe(voice);
});

test("a room without packets is waited in: an interviewer may be on the way", async () => {
  const { world, line } = await liveInRoom();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(world.connects).toHaveLength(1);
  expect(line.view.get().link).toBe("live");
});

test("a room that is lost is joined again", async () => {
  const { world, line } = await liveInRoom();
  world.rooms[0]?.become("closed");
  await settle();
  expect(world.connects).toHaveLength(2);
  expect(line.view.get().link).toBe("live");
});

test("a room that cannot be joined leads to the written interview", async () => {
  const { world, outside, answers } = stage();
  answers.sound = ROOM;
  world.soundWorks = false;
  const line = new InterviewConnection(MICROPHONE, outside);
  line.start();
  await vi.advanceTimersByTimeAsync(40_000);
  expect(line.view.get()).toMatchObject({ link: "live", soundBlocked: true });
});
