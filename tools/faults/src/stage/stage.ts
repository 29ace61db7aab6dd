import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHEAP_HASHING, type Stack, type StackOptions, startStack } from '@parley/local-stack';
import { within } from '../traffic/deadline.js';

export interface StageOptions {
  /** Settings of the stack besides those of every stage. */
  readonly settings?: NodeJS.ProcessEnv;
  readonly environmentOf?: StackOptions['environmentOf'];
  readonly entry?: StackOptions['entry'];
}

/**
 * Two replicas of everything, each gateway on its own port. Password hashing is cheap, because it is not what is tested and
 * all clients share one address. Neither answers nor stored bytes are limited: one member reads the whole log for the account, and few write all of it.
 */
const SETTINGS = {
  ...CHEAP_HASHING,
  GATEWAY_WORKERS: '2',
  AUTH_REPLICAS: '2',
  USERS_REPLICAS: '2',
  CHANNELS_REPLICAS: '2',
  PORT: '0',
  USER_ANSWER_BYTES_PER_SECOND: '0',
  USER_STORED_BYTES_PER_SECOND: '0',
  LOG_LEVEL: 'warn',
};

/** A process that ended must be ready again within this time, in ms. */
const BACK_DEADLINE_MS = 90_000;
/** How many of the last lines are kept for a failure's message. */
const COMPLAINTS = 40;

/** The whole chat as real processes, with its own data. */
export class Stage {
  private readonly lines: string[] = [];
  private readonly listeners = new Set<(line: string) => void>();
  private running!: Stack;

  private constructor(private readonly folder: string) {}

  static async start({ settings, environmentOf, entry }: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(await mkdtemp(join(tmpdir(), 'parley-faults-')));
    try {
      stage.running = await startStack({
        settings: { ...SETTINGS, DATA_DIR: stage.folder, ...settings },
        gatewayPorts: 'separate',
        environmentOf,
        entry,
        report: (line) => stage.said(line),
      });
    } catch (error) {
      await stage.forget();
      throw error;
    }
    return stage;
  }

  /** Does the work on a stage of its own, which is gone afterwards. */
  static async during<T>(options: StageOptions, work: (stage: Stage) => Promise<T>): Promise<T> {
    const stage = await Stage.start(options);
    try {
      return await work(stage);
    } finally {
      await stage.remove();
    }
  }

  get stack(): Stack {
    return this.running;
  }

  /** One for each gateway. */
  get urls(): string[] {
    return this.stack.gateways.map(({ url }) => url);
  }

  /** The last lines that the processes wrote. */
  complaints(): string[] {
    return [...this.lines];
  }

  /** Ends a process by a signal. Resolves when its successor is ready, which has `withinMs` for that. */
  async end(name: string, signal: 'SIGKILL' | 'SIGTERM', withinMs = BACK_DEADLINE_MS): Promise<void> {
    const back = this.line((line) => line === `${name} is ready again`);
    this.stack.kill(name, signal);
    await within(withinMs, `${name} ready again`, back);
  }

  async remove(): Promise<void> {
    await this.stack.stop();
    await this.forget();
  }

  private line(wanted: (line: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const listen = (line: string) => {
        if (!wanted(line)) return;
        this.listeners.delete(listen);
        resolve();
      };
      this.listeners.add(listen);
    });
  }

  private said(line: string): void {
    if (this.lines.push(line) > COMPLAINTS) this.lines.shift();
    for (const listen of this.listeners) listen(line);
  }

  private forget(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
