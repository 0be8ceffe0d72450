import { post, send } from "@/api/client";
import type { ConnectAnswer } from "@/api/types";

import type { Outside } from "./interviewConnection";
import { BrowserPeer } from "./peer";

/**
 * The service stands where this page came from. Addresses it gives out may name it otherwise
 * (`localhost`, a name behind a proxy), where the candidate's cookie would not be sent.
 */
function onThisOrigin(address: string): URL {
  const url = new URL(address, window.location.href);
  url.host = window.location.host;
  return url;
}

/** The browser's own means, for one interview. */
export function browserOutside(interviewId: string): Outside {
  return {
    connect: (takeover, transport) =>
      post<ConnectAnswer>(
        `/api/candidate/interviews/${encodeURIComponent(interviewId)}/connect`,
        transport === "text" ? { takeover, transport } : { takeover },
        { signal: AbortSignal.timeout(10_000) },
      ),
    exchange: async (sdpUrl, offer) => {
      const response = await send("POST", onThisOrigin(sdpUrl).pathname, offer, {
        headers: { "Content-Type": "application/sdp" },
        signal: AbortSignal.timeout(10_000),
      });
      return { answer: await response.text(), location: response.headers.get("Location") };
    },
    hangUp: (location) => {
      send("DELETE", onThisOrigin(location).pathname, undefined, { keepalive: true }).catch(
        () => undefined, // The service notices within seconds by itself.
      );
    },
    openSocket: (address) => {
      const url = onThisOrigin(address);
      url.protocol = window.location.protocol === "https:" ? "wss:" : "ws:";
      return new WebSocket(url);
    },
    openPeer: (iceServers) => new BrowserPeer(iceServers),
    // Loaded only where it is used: it is larger than the rest of the page.
    openRoom: async () => new (await import("./roomLine")).LiveKitLine(),
    now: () => performance.now(),
  };
}

/** True if this browser can hold a spoken interview at all. */
export function canSpeakHere(): boolean {
  return "RTCPeerConnection" in window && "mediaDevices" in navigator;
}
