/** A major third, rising: short, friendly, and not mistaken for a notification. */
const NOTES = [523.25, 659.25];
const NOTE_SECONDS = 0.45;

/**
 * Plays two soft notes; resolves when they are over. Call it from a press.
 * `speakerId`: as `enumerateDevices` names it, null for the default speaker.
 * Rejects, with nothing played, if that speaker can't be used.
 */
export async function playTestSound(speakerId: string | null): Promise<void> {
  const context = new AudioContext();
  try {
    await context.resume();
    await playNotes(context, await outputOf(context, speakerId));
  } finally {
    await context.close();
  }
}

/** An element plays to any speaker, as it does in the room; a context can't in every browser. */
async function outputOf(context: AudioContext, speakerId: string | null): Promise<AudioNode> {
  if (speakerId === null) return context.destination;
  const output = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = output.stream;
  await element.setSinkId(speakerId);
  await element.play();
  return output;
}

async function playNotes(context: AudioContext, output: AudioNode): Promise<void> {
  NOTES.forEach((frequency, at) => {
    const start = context.currentTime + at * NOTE_SECONDS * 0.7;
    const tone = new OscillatorNode(context, { type: "sine", frequency });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.25, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS);
    tone.connect(volume).connect(output);
    tone.start(start);
    tone.stop(start + NOTE_SECONDS);
  });
  await new Promise((resolve) => setTimeout(resolve, NOTES.length * NOTE_SECONDS * 1000));
}
