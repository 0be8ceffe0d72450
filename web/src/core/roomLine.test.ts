import { expect, it, vi } from "vitest";

import { LiveKitLine } from "./roomLine";

const publishTrack = vi.hoisted(() => vi.fn());

vi.mock("livekit-client", async (original) => ({
  ...(await original()),
  Room: class {
    localParticipant = { publishTrack };
    on = vi.fn();
    connect = vi.fn();
  },
}));

it("sends packets in silence too, by which the agent knows that the line is alive", async () => {
  const microphone = {} as MediaStreamTrack;

  await new LiveKitLine().join("ws://room", "token", microphone);

  expect(publishTrack).toHaveBeenCalledWith(microphone, expect.objectContaining({ dtx: false }));
});
