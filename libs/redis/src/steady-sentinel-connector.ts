import { type SentinelConnectionOptions, SentinelConnector } from 'ioredis';

/**
 * Finds the master by asking Sentinels, even if the previous master hangs: ioredis's own detector hears from the Sentinels
 * that another node is the master, and drops the connection to the old one.
 *
 * But that detector outlives its connection (ioredis 6.0). If the master has crashed and its client is reconnecting, the same
 * news would interrupt that attempt, and ioredis then gives up for good: its status is "end". And after a QUIT, the detector's own
 * connections keep the process running. So this connector ends a detector together with its connection.
 */
export class SteadySentinelConnector extends SentinelConnector {
  /** @param options of the client; ioredis does not give them a type here. */
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override async connect(
    ...args: Parameters<SentinelConnector['connect']>
  ): ReturnType<SentinelConnector['connect']> {
    const connection = await super.connect(...args);
    connection.once('close', () => {
      const { failoverDetector } = this as unknown as { failoverDetector: { cleanup(): void } | null };
      failoverDetector?.cleanup();
    });
    return connection;
  }
}
