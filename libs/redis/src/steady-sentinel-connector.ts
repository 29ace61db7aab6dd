import { type SentinelConnectionOptions, SentinelConnector } from 'ioredis';

/**
 * Finds the master by asking Sentinels, also when the one before hangs: ioredis's own detector hears from them that
 * another one is the master, and drops the connection to the old one.
 *
 * But that detector outlives its connection. When the master has crashed and its client is connecting anew, the same
 * news would cut that attempt short, and ioredis (6.0) then gives up for good: its status is "end". So a detector ends
 * with the connection that it was made for.
 */
export class SteadySentinelConnector extends SentinelConnector {
  /** @param options of the client; ioredis does not say here which ones they are. */
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override connect(
    ...args: Parameters<SentinelConnector['connect']>
  ): ReturnType<SentinelConnector['connect']> {
    const { failoverDetector } = this as unknown as { failoverDetector: { cleanup(): void } | null };
    failoverDetector?.cleanup();
    return super.connect(...args);
  }
}
