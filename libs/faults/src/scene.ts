import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, type StackOptions, startStack } from '@parley/local-stack';
import { within } from './deadline.js';
import { Ledger, type MayLose } from './ledger.js';
import type { Account } from './settlement.js';
import { Traffic, type TrafficOptions, WELL_DEADLINE_MS } from './traffic.js';

export interface SceneOptions {
  /** Settings of the stack beside those of every scene. */
  readonly settings?: NodeJS.ProcessEnv;
  readonly environmentOf?: StackOptions['environmentOf'];
  readonly traffic?: Partial<Omit<TrafficOptions, 'urls'>>;
}

/** Two replicas of everything, each gateway on a port of its own. Password hashes are not what is tested: they are made cheap. */
const SETTINGS = {
  GATEWAY_WORKERS: '2',
  AUTH_REPLICAS: '2',
  USERS_REPLICAS: '2',
  CHANNELS_REPLICAS: '2',
  ARGON2_MEMORY_KIB: '1024',
  ARGON2_ITERATIONS: '1',
  PORT: '0',
  LOG_LEVEL: 'warn',
};

/** A little more than the 100 messages/s that are promised, probes not counted. */
const TRAFFIC = { members: 8, messagesPerSecond: 110 };

/** The whole chat as real processes, with steady traffic on it. */
export class Scene {
  readonly traffic: Traffic;
  private readonly ledger = new Ledger();
  private readonly listeners = new Set<(line: string) => void>();

  private constructor(
    readonly stack: Stack,
    /** What the processes complained of, and when they came back. */
    readonly lines: string[],
    traffic: SceneOptions['traffic'],
    private readonly folder: string,
  ) {
    this.traffic = new Traffic({ urls: this.urls, ...TRAFFIC, ...traffic }, this.ledger);
  }

  /** Resolves when everything runs and is well. */
  static async start({ settings, environmentOf, traffic }: SceneOptions = {}): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-faults-'));
    const lines: string[] = [];
    let said = (line: string): void => void lines.push(line);
    const stack = await startStack({
      settings: { ...SETTINGS, DATA_DIR: folder, ...settings },
      gatewayPorts: 'separate',
      environmentOf,
      report: (line) => said(line),
    });
    const scene = new Scene(stack, lines, traffic, folder);
    said = (line) => scene.said(line);
    try {
      await within(WELL_DEADLINE_MS, 'the traffic', scene.traffic.start());
      await scene.traffic.wellAgain();
      return scene;
    } catch (error) {
      await scene.remove();
      throw error;
    }
  }

  get urls(): string[] {
    return this.stack.gateways.map(({ url }) => url);
  }

  /** Sends a signal to a process that it ends of. Resolves when the next one under that name is ready. */
  async end(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const back = this.line((line) => line === `${name} is ready again`);
    this.stack.kill(name, signal);
    await within(WELL_DEADLINE_MS, `${name} ready again`, back);
  }

  /** Resolves with the next line of that kind. */
  line(wanted: (line: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      const listen = (line: string) => {
        if (!wanted(line)) return;
        this.listeners.delete(listen);
        resolve(line);
      };
      this.listeners.add(listen);
    });
  }

  /** Ends the traffic and makes the account of it. */
  async settle(mayLose?: MayLose): Promise<Account> {
    await this.traffic.settle();
    return this.ledger.settle(mayLose);
  }

  async remove(): Promise<void> {
    this.traffic.close();
    await this.stack.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private said(line: string): void {
    this.lines.push(line);
    for (const listen of this.listeners) listen(line);
  }
}
