import type { MayLose } from '../ledger/entries.js';
import { Ledger } from '../ledger/ledger.js';
import type { Account } from '../ledger/settlement.js';
import { within } from '../traffic/deadline.js';
import { Traffic, type TrafficOptions, WELL_DEADLINE_MS } from '../traffic/traffic.js';
import { Stage, type StageOptions } from './stage.js';

/** A little more than the promised 100 messages/s, not counting probes. */
const TRAFFIC = { members: 8, messagesPerSecond: 110 };

/** Steady traffic on a stage, and its account. */
export class Scene {
  readonly ledger = new Ledger();
  readonly traffic: Traffic;

  private constructor(
    readonly stage: Stage,
    options: Partial<TrafficOptions>,
  ) {
    this.traffic = new Traffic({ urls: stage.urls, ...TRAFFIC, ...options }, this.ledger);
  }

  /** Starts the traffic, does the work once all is well, and ends the traffic in any case. */
  static async play<T>(
    stage: Stage,
    work: (scene: Scene) => Promise<T>,
    options: Partial<TrafficOptions> = {},
  ): Promise<T> {
    const scene = new Scene(stage, options);
    try {
      await within(WELL_DEADLINE_MS, 'the traffic', scene.traffic.start());
      await scene.traffic.wellAgain();
      return await work(scene);
    } catch (error) {
      throw new Error(`${error}\n${stage.complaints().join('\n')}`, { cause: error });
    } finally {
      scene.traffic.close();
    }
  }

  /** Does the same on its own stage, which it removes afterwards. */
  static async playOn<T>(
    options: StageOptions,
    work: (scene: Scene) => Promise<T>,
    traffic: Partial<TrafficOptions> = {},
  ): Promise<T> {
    return Stage.during(options, (stage) => Scene.play(stage, work, traffic));
  }

  /** Ends the traffic and makes the account of it. */
  async settle(mayLose?: MayLose): Promise<Account> {
    await this.traffic.settle();
    return this.ledger.settle(mayLose);
  }
}
