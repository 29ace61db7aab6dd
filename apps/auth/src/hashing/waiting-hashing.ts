import type { AppError } from '@parley/protocol';

/** Who a hashing is for: the queue orders by it. */
export interface HashingClient {
  /** The client's network, as failures are counted under it. */
  readonly network: string;
  /** The username in its compared form. */
  readonly name: string;
  /** Whether this user has signed in from this network before. */
  readonly isKnown: boolean;
  /** Hashing time that the network has used lately, on all replicas, in milliseconds. */
  readonly spentMs: number;
}

/** What a hashing returns that cannot run yet. It keeps its place and is asked again. */
export class Later {
  /**
   * @param delayMs when to ask again, in milliseconds.
   * @param holds whom to ask nothing meanwhile: the others with its username from its network, or all strangers of its network.
   * @param error what those are told who cannot wait for so long.
   */
  constructor(
    readonly delayMs: number,
    readonly holds: 'name' | 'network' = 'name',
    readonly error?: AppError,
  ) {}
}

/** A hashing that waits for its turn. */
export interface WaitingHashing {
  readonly client: HashingClient;
  /** When it came, in milliseconds of this process's clock. */
  readonly since: number;
  /** When it may run at the earliest. */
  readyAt: number;
  /** What its client is told if it does not run. */
  error: AppError | undefined;
  /** Runs it. Resolves with {@link Later} if it has to wait again. Never rejects. */
  readonly run: () => Promise<Later | undefined>;
  /** Tells its client that it does not run. */
  readonly refuse: (error: AppError | undefined) => void;
}
