/**
 * A page with the service, the devices and the network played by the test: routes answer the
 * API, a routed WebSocket carries the events, an init script stands in for devices and WebRTC.
 */

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { PATIENCE, slowDown } from "../review/browser.mjs";
import { ID } from "./story.mjs";

const BUILT = fileURLToPath(new URL("../../../interviewer/web", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Serves the built pages on a free port, every unknown path with the app's own HTML. */
export async function servePages() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://host").pathname);
    const file = extname(path) in TYPES ? path : "/index.html";
    try {
      const body = await readFile(join(BUILT, file));
      response.writeHead(200, { "Content-Type": TYPES[extname(file)] }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const json = (data, status = 200) => ({
  status,
  contentType: "application/json",
  body: JSON.stringify(data),
});

/** Resolves once `met()` is true of what the page did outside of itself: calls, messages. */
async function until(met, what) {
  const end = Date.now() + PATIENCE;
  while (!met()) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const refusal = (status, code, message, errors = []) =>
  json({ error: { type: "error", code, message, param: null, doc_url: "", errors } }, status);

/** Runs in the page before its own scripts. `devices`: ok, denied, missing, nocamera, nospeakers, none. */
function fakeDevices({ devices }) {
  window.__peers = [];
  window.RTCPeerConnection = class extends EventTarget {
    connectionState = "new";
    iceGatheringState = "complete";
    localDescription = { sdp: "v=0 offer" };
    constructor() {
      super();
      window.__peers.push(this);
    }
    addTrack = () => ({ replaceTrack: async () => undefined });
    createOffer = async () => ({});
    setLocalDescription = async () => undefined;
    setRemoteDescription = async () => {
      this.become("connected");
      this.ontrack?.({ track: null, streams: [new MediaStream()] });
    };
    packets = 0;
    getStats = async () => new Map([[1, { type: "inbound-rtp", packetsReceived: (this.packets += 50) }]]);
    close = () => (this.connectionState = "closed");
    become(state) {
      this.connectionState = state;
      this.onconnectionstatechange?.();
    }
  };
  if (devices === "none") {
    Object.defineProperty(Navigator.prototype, "mediaDevices", { value: undefined });
    delete Navigator.prototype.mediaDevices;
    return;
  }
  const draw = (canvas) => {
    const pen = canvas.getContext("2d");
    const paint = (fill, shape) => {
      pen.fillStyle = fill;
      pen.beginPath();
      shape();
      pen.fill();
    };
    paint("#cfc4b4", () => pen.rect(0, 0, 640, 480));
    paint("#b7aa96", () => pen.rect(430, 40, 150, 210));
    paint("#47606e", () => pen.ellipse(320, 520, 210, 190, 0, 0, 7));
    paint("#2b211c", () => pen.ellipse(320, 205, 112, 130, 0, 0, 7));
    paint("#9b6b4a", () => pen.ellipse(320, 225, 82, 104, 0, 0, 7));
  };
  const tracks = {
    audio: () => {
      const context = new AudioContext();
      const out = context.createMediaStreamDestination();
      const tone = new OscillatorNode(context, { frequency: 180 });
      tone.connect(new GainNode(context, { gain: 0.12 })).connect(out);
      tone.start();
      return out.stream.getTracks();
    },
    video: () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
      draw(canvas);
      setInterval(() => draw(canvas), 100);
      return canvas.captureStream(10).getTracks();
    },
  };
  navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
    if (devices === "denied") throw new DOMException("", "NotAllowedError");
    if (devices === "missing") throw new DOMException("", "NotFoundError");
    if (video && devices === "nocamera") throw new DOMException("", "NotReadableError");
    const made = { audio: audio ? tracks.audio() : [], video: video ? tracks.video() : [] };
    for (const track of made.audio) track.getSettings = () => ({ deviceId: "mic-1" });
    for (const track of made.video) track.getSettings = () => ({ deviceId: "cam-1" });
    return new MediaStream([...made.audio, ...made.video]);
  };
  window.__plugged = [
    ["audioinput", "mic-1", "Built-in microphone"],
    ["audioinput", "mic-2", "Headset"],
    ["videoinput", "cam-1", "Built-in camera"],
    ["audiooutput", "default", "Default - Built-in speakers"],
    ["audiooutput", "out-1", "Built-in speakers"],
    ["audiooutput", "out-2", "Headset"],
  ];
  navigator.mediaDevices.enumerateDevices = async () =>
    window.__plugged.map(([kind, deviceId, label]) => ({ kind, deviceId, label, groupId: "" }));
  /** Takes a device away, as pulling its plug does. */
  window.__unplug = (id) => {
    window.__plugged = window.__plugged.filter(([, one]) => one !== id);
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  };
  if (devices === "nospeakers") delete HTMLMediaElement.prototype.setSinkId;
  else {
    /** Where elements were told to play: the room's own, and those that are in no page. */
    window.__sinks = [];
    HTMLMediaElement.prototype.setSinkId = async function setSinkId(id) {
      window.__sinks.push([this.isConnected ? "voice" : "test", id]);
    };
  }
}

/**
 * A new page on this stage. `service` answers the API:
 * `interview` (data or a refusal), `posting`, `mine`, `connect`, `resume`, `camera`, replaceable
 * while the page runs. `events` is the socket of the newest connection.
 */
export async function openStage(context, service, devices = "ok") {
  const page = await context.newPage();
  await slowDown(page);
  const stage = { page, service, sent: [], socket: null, calls: [], until };
  await page.addInitScript(fakeDevices, { devices });
  const answer = (data) => (data.status && data.contentType ? data : json({ object: "x", data }));
  await page.route("**/api/candidate/**", async (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname.replace("/api/candidate/", "");
    stage.calls.push(`${request.method()} ${path}`);
    if (service.offline) return route.abort("internetdisconnected");
    if (path.startsWith("postings/")) {
      if (request.method() === "GET") return route.fulfill(answer(service.posting));
      return route.fulfill(
        service.apply ?? json({ data: { interview_id: ID, interview_url: `/cloudmetrics/i/${ID}` } }, 201),
      );
    }
    if (path.endsWith("/connect")) {
      const events = `/api/candidate/connections/c1/events`;
      return route.fulfill(
        service.connect ??
          json({ transport: "webrtc", sdp_url: "/api/candidate/connections/c1/sdp", events_url: events, ice_servers: [] }),
      );
    }
    if (path.endsWith("/sdp")) {
      return route.fulfill({
        status: 201,
        contentType: "application/sdp",
        headers: { Location: "/api/candidate/connections/c1/sdp" },
        body: "v=0 answer",
      });
    }
    if (path.includes("/camera/")) {
      const seq = Number(path.split("/").at(-1));
      return route.fulfill(service.camera ?? json({ received: Number.isNaN(seq) ? 0 : seq + 1 }));
    }
    if (request.method() === "POST") {
      const step = path.split("/").slice(2).join("/");
      const next = service[step] ?? {};
      if (next.contentType) return route.fulfill(next);
      if (next.interview) service.interview = next.interview;
      return route.fulfill(json({ object: "ok", data: {} }));
    }
    if (path.endsWith("/mine")) return route.fulfill(answer(service.mine));
    return route.fulfill(answer(service.interview));
  });
  await page.routeWebSocket("**/events", (socket) => {
    if (service.offline) {
      socket.close();
      return;
    }
    stage.socket = socket;
    for (const message of service.events ?? []) socket.send(JSON.stringify(message));
    socket.onMessage((text) => stage.sent.push(JSON.parse(text)));
  });
  stage.tell = (...messages) => {
    for (const message of messages) stage.socket.send(JSON.stringify(message));
  };
  return stage;
}
