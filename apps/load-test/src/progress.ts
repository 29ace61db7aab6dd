import type { Progress } from '@parley/load-generator';
import type { TestOptions } from './options.js';

/** Progress on the last line of a terminal, which is overwritten. Elsewhere each update is a new line. */
export class ProgressLine {
  private open = false;

  constructor(private readonly output: { write(text: string): unknown; readonly isTTY?: boolean }) {}

  /** Shows a text until the next one. */
  show(text: string): void {
    if (!this.output.isTTY) return void this.output.write(`${text}\n`);
    this.output.write(`\r\x1b[K${text}`);
    this.open = true;
  }

  /** Writes a line that stays. */
  note(text: string): void {
    this.end();
    this.output.write(`${text}\n`);
  }

  end(): void {
    if (this.open) this.output.write('\n');
    this.open = false;
  }
}

const whole = (value: number): string => value.toLocaleString('en');

/** Shows each second of a run. */
export const progressOf =
  (line: ProgressLine, { durationMs }: TestOptions) =>
  ({ second, open, sent, deliveries, p50Ms, p99Ms }: Progress): void => {
    const phase = second < 0 ? 'warming up' : `${second + 1} of ${durationMs / 1_000} s`;
    const latency = second < 0 ? '' : ` · p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
    line.show(
      `${phase} · ${whole(open)} open · ${whole(sent)} sent/s · ${whole(deliveries)} deliveries/s${latency}`,
    );
  };
