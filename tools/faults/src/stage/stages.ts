import { bundledEntry } from '@parley/testing';
import { Stage } from './stage.js';

/** `PRESENCE_LEASE_SECONDS` of the shared stage: the promised value, or less so that a short run waits less. */
export const leaseSeconds = (short: boolean): number => (short ? 15 : 60);

/** `DRAIN_SECONDS` of the shared stage. */
export const drainSeconds = (short: boolean): number => (short ? 4 : 5);

/**
 * Settings of a stage on which no service is killed. A process costs a second or two of a core to start: in the short form
 * only channels, which has most to lose, has two replicas there.
 */
export const fewerReplicas = (short: boolean): NodeJS.ProcessEnv =>
  short ? { AUTH_REPLICAS: '1', USERS_REPLICAS: '1' } : {};

/** The stage that faults share. It starts when the first fault needs it. */
export class SharedStage {
  private started: Promise<Stage> | undefined;

  constructor(private readonly short: boolean) {}

  readonly get = (): Promise<Stage> => {
    this.started ??= this.start();
    return this.started;
  };

  private async start(): Promise<Stage> {
    return Stage.start({
      settings: {
        PRESENCE_LEASE_SECONDS: String(leaseSeconds(this.short)),
        DRAIN_SECONDS: String(drainSeconds(this.short)),
      },
      ...(this.short && { entry: await bundledEntry() }),
    });
  }

  async remove(): Promise<void> {
    await (await this.started)?.remove();
  }
}
