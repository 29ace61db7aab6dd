import { Stage } from './stage.js';

/** `PRESENCE_LEASE_SECONDS` of the shared stage: what is promised, or less, so that a short run need not wait so long. */
export const leaseSeconds = (short: boolean): number => (short ? 24 : 60);

/** `DRAIN_SECONDS` of the shared stage. */
export const drainSeconds = (short: boolean): number => (short ? 2 : 5);

/** The stage that faults share, made when the first one needs it. */
export class SharedStage {
  private started: Promise<Stage> | undefined;

  constructor(private readonly short: boolean) {}

  readonly get = (): Promise<Stage> => {
    this.started ??= Stage.start({
      settings: {
        PRESENCE_LEASE_SECONDS: String(leaseSeconds(this.short)),
        DRAIN_SECONDS: String(drainSeconds(this.short)),
      },
    });
    return this.started;
  };

  async remove(): Promise<void> {
    await (await this.started)?.remove();
  }
}
