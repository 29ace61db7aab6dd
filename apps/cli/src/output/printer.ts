import { plain, safeJson } from './plain-text.js';

/** Where a command writes and reads. */
export interface Io {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Resolves when standard output has taken the text, so that nothing piles up here. */
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => unknown;
  /** Whether a person sits at both ends. */
  readonly isInteractive: boolean;
  /** Aborted by SIGINT, SIGTERM and SIGHUP from the first call on. A second signal ends the process as usual. */
  readonly interruption: () => AbortSignal;
}

/** Writes results: JSON for scripts, text for people. No text leaves it with a control character of somebody else's. */
export class Printer {
  constructor(
    private readonly io: Pick<Io, 'out' | 'err'>,
    readonly isJson: boolean,
  ) {}

  /** One result, or one event of a stream: a line of JSON, or the text. An empty text shows nothing. */
  async say(document: object, text: string): Promise<void> {
    if (this.isJson) await this.io.out(`${safeJson(document)}\n`);
    else if (text !== '') await this.io.out(`${plain(text)}\n`);
  }

  /** A remark for people, on standard error. Scripts do not get it. */
  note(text: string): void {
    if (!this.isJson) this.io.err(`${plain(text)}\n`);
  }
}
