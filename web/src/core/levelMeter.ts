/** Below this a microphone is as good as dead, dBFS; quiet rooms lie around -60. */
const SILENCE = -75;
const FLOOR = -55;
const CEILING = -12;

/** Root mean square of samples in -1..1, as dBFS; -Infinity for digital silence. */
export function decibels(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(sum / Math.max(1, samples.length));
}

/** How full the meter stands, 0..1: quiet room empty, loud speech full. */
export function fullness(level: number): number {
  return Math.min(1, Math.max(0, (level - FLOOR) / (CEILING - FLOOR)));
}

/** How loud the microphone is right now. Asked by whoever draws; costs nothing otherwise. */
export class LevelMeter {
  #context: AudioContext | null = null;
  #analyser: AnalyserNode | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #samples = new Float32Array(1024);

  /** Measure this track; null: none. */
  watch(track: MediaStreamTrack | null): void {
    this.#source?.disconnect();
    this.#source = null;
    if (!track || !("AudioContext" in globalThis)) return;
    this.#context ??= new AudioContext();
    this.#analyser ??= new AnalyserNode(this.#context, { fftSize: this.#samples.length });
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
    this.#wake();
  }

  /** Browsers may start audio contexts only after a press: any one will do. */
  #wake(): void {
    const context = this.#context;
    if (context?.state !== "suspended") return;
    const resume = () => {
      if (context.state === "suspended") void context.resume();
    };
    resume();
    for (const press of ["pointerdown", "keydown"]) {
      document.addEventListener(press, resume, { once: true });
    }
  }

  /** 0..1 for drawing, and whether anything at all is heard. */
  read(): { fullness: number; silent: boolean } {
    if (!this.#analyser || !this.#source) return { fullness: 0, silent: true };
    // Not started yet: that says nothing about the microphone.
    if (this.#context?.state !== "running") return { fullness: 0, silent: false };
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const level = decibels(this.#samples);
    return { fullness: fullness(level), silent: level < SILENCE };
  }
}
