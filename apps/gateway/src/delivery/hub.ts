import { fanOutChannel, type LogId } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { Logger } from '@parley/service-kit';
import { openChannels } from '../metrics.js';
import { within } from '../pacing/timeout.js';
import type { Connection } from '../socket/connection.js';
import { LocalLog, type LogParts } from './local-log.js';
import { Membership, ROLE, type Role } from './membership.js';
import type { Subscriber } from './subscriber.js';

/** How long a subscription may take, in milliseconds, before a join is refused. */
const SUBSCRIBE_TIMEOUT_MS = 5_000;
/** Longest wait for a published frame to come by, in milliseconds: it may have to be read from the log first. */
const REACH_TIMEOUT_MS = 1_000;

/**
 * Local connections by log: of a channel, or of an inbox. There is one Redis subscription for each log that has local
 * members, and none for any other: subscribed when the first comes, unsubscribed when the last goes. Redis takes
 * both in the order in which they were sent, so a quick leave and join ends subscribed.
 */
export class Hub {
  private readonly logs = new Map<LogId, LocalLog>();

  constructor(
    private readonly subscriber: Subscriber,
    private readonly parts: LogParts,
    private readonly prefix: string,
    private readonly logger: Logger,
  ) {}

  /** From now on `tell` is called for each member whose inbox goes on in another epoch, or behind a hole. */
  whenInboxMoves(tell: (member: Membership) => void): void {
    this.parts.inboxMoved = tell;
  }

  /** Logs with local members. */
  get size(): number {
    return this.logs.size;
  }

  /** Every log with local members. Lives through changes as the iterator of a Map does. */
  all(): IterableIterator<LocalLog> {
    return this.logs.values();
  }

  find(id: LogId): LocalLog | undefined {
    return this.logs.get(id);
  }

  /**
   * Makes a connection a member, or gives the membership that it has one more role. A new member holds its frames back
   * until it goes live. Resolves when everything published from then on comes here.
   * @throws AppError UNAVAILABLE when Redis does not confirm the subscription; then nothing is changed.
   */
  async add(id: LogId, connection: Connection, role: Role): Promise<Membership> {
    const log = this.logs.get(id) ?? this.open(id);
    const membership = membershipIn(connection, id) ?? enlist(connection, log);
    membership.roles |= role;
    if (role === ROLE.joined) log.notices.expect(membership);
    try {
      if (!log.isConfirmed) await within(SUBSCRIBE_TIMEOUT_MS, log.subscribed);
      return membership;
    } catch (error) {
      this.remove(membership, role);
      throw new AppError('UNAVAILABLE', { cause: error });
    }
  }

  /** Takes a role away; without any, nothing more is delivered to this member. */
  remove(membership: Membership, role: Role): void {
    membership.roles &= ~role;
    if (membership.roles === 0) this.dismiss(membership);
  }

  /** Ends every membership of a connection. */
  removeAll(connection: Connection): void {
    for (const membership of [...connection.memberships]) this.dismiss(membership);
  }

  /** Resolves when the frame with `seq` has been delivered here, or is not to be waited for any longer. */
  async reached(id: LogId, seq: number): Promise<void> {
    const log = this.logs.get(id);
    if (log === undefined || log.seq >= seq) return;
    log.expect(seq);
    await within(REACH_TIMEOUT_MS, log.arrival(seq)).catch(() =>
      this.logger.warn({ log: id, seq }, 'a published frame did not come by'),
    );
  }

  private dismiss(membership: Membership): void {
    const { log, connection } = membership;
    membership.roles = 0;
    connection.memberships = connection.memberships.filter((other) => other !== membership);
    log.notices.forget(membership);
    if (!log.audience.dismiss(membership) || log.members.size > 0) return;
    this.logs.delete(log.id);
    openChannels.dec();
    log.close();
    this.subscriber
      .unsubscribe(fanOutChannel(this.prefix, log.id))
      .catch((error: unknown) => this.logger.warn({ err: error }, 'could not unsubscribe'));
  }

  private open(id: LogId): LocalLog {
    const log = new LocalLog(id, this.parts);
    log.subscribed = this.subscriber
      .subscribe(fanOutChannel(this.prefix, id), (published) => this.receive(log, published))
      .then(() => {
        log.isConfirmed = true;
      });
    this.logs.set(id, log);
    openChannels.inc();
    return log;
  }

  private receive(log: LocalLog, published: Buffer): void {
    try {
      log.receive(published);
    } catch (error) {
      this.logger.error({ err: error }, 'a published frame could not be read');
    }
  }
}

/** The membership of a connection in a log, if it has one. */
export const membershipIn = (connection: Connection, id: LogId): Membership | undefined =>
  connection.memberships.find(({ log }) => log.id === id);

function enlist(connection: Connection, log: LocalLog): Membership {
  const membership = new Membership(connection, log);
  log.audience.admit(membership);
  // Of the exact length: pushed to, an array takes room for seventeen.
  connection.memberships = [...connection.memberships, membership];
  return membership;
}
