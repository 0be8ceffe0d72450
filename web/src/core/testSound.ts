/** A major third, rising: short, friendly, and not mistaken for a notification. */
const NOTES = [523.25, 659.25];
const NOTE_SECONDS = 0.45;

/** Plays two soft notes; resolves when they are over. Call it from a press. */
export async function playTestSound(): Promise<void> {
  const context = new AudioContext();
  await context.resume();
  NOTES.forEach((frequency, at) => {
    const start = context.currentTime + at * NOTE_SECONDS * 0.7;
    const tone = new OscillatorNode(context, { type: "sine", frequency });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.25, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + NOTE_SECONDS);
  });
  await new Promise((resolve) => setTimeout(resolve, NOTES.length * NOTE_SECONDS * 1000));
  await context.close();
}
