import { fanOutChannel, type LogId } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { type Logger, within } from '@parley/service-kit';
import { openChannels, unreadableFrames } from '../metrics.js';
import type { Connection } from '../socket/connection.js';
import { LocalLog, type LogListener, type LogParts } from './local-log.js';
import { Membership, membershipIn, membershipsOf, ROLE, type Role } from './membership.js';
import type { Subscriber } from './subscriber.js';

/** How long a subscription may take, in milliseconds, before a join is refused. */
const SUBSCRIBE_TIMEOUT_MS = 5_000;
/** Longest wait for a published frame, in milliseconds: it may have to be read from the log first. */
const DELIVERY_TIMEOUT_MS = 1_000;

/**
 * The members of each log with local members, be it a channel's or an inbox's. Each such log has one Redis subscription,
 * from its first member to its last. Redis processes subscribe and unsubscribe in the order in which they were sent, so
 * that a quick leave and join ends subscribed.
 */
export class Hub {
  private readonly logs = new Map<LogId, LocalLog>();
  /** Those whose last published frame could not be read. */
  private readonly unreadable = new WeakSet<LocalLog>();

  constructor(
    private readonly subscriber: Subscriber,
    private readonly parts: LogParts,
    private readonly prefix: string,
    private readonly logger: Logger,
  ) {}

  /** Has the listener told of members whose log does not continue from where they are. */
  whenLogsMove(listener: LogListener): void {
    this.parts.listener = listener;
  }

  /** Logs with local members. */
  get size(): number {
    return this.logs.size;
  }

  /** Every log with local members. The iterator tolerates changes, as that of a Map does. */
  all(): IterableIterator<LocalLog> {
    return this.logs.values();
  }

  find(id: LogId): LocalLog | undefined {
    return this.logs.get(id);
  }

  /**
   * Makes a connection a member, or gives the membership that it has one more role. A new member holds its frames until
   * it goes live. Resolves when everything that is published from then on arrives here.
   * @throws AppError UNAVAILABLE when Redis does not confirm the subscription; then nothing is changed.
   */
  async addMember(id: LogId, connection: Connection, role: Role): Promise<Membership> {
    const log = this.logs.get(id) ?? this.open(id);
    const membership = membershipIn(connection, id) ?? newMember(connection, log);
    membership.addRole(role);
    try {
      if (!log.isConfirmed) await within(SUBSCRIBE_TIMEOUT_MS, log.subscribed);
      if (role === ROLE.joined) log.notices.expect(membership);
      return membership;
    } catch (error) {
      this.removeRole(membership, role);
      throw new AppError('UNAVAILABLE', { cause: error });
    }
  }

  /** Takes a role away; without any, the membership ends. */
  removeRole(membership: Membership, role: Role): void {
    membership.dropRoles(role);
    if (role === ROLE.joined) this.forgetJoin(membership);
    if (membership.roles === 0) this.end(membership);
  }

  /** Ends a membership, whatever its roles. What is due is written before. */
  endMembership(membership: Membership): void {
    this.end(membership);
  }

  /** The connection no longer joins: nothing is known of the notice of its join. */
  forgetJoin(membership: Membership): void {
    this.logs.get(membership.log.id)?.notices.forget(membership);
  }

  /** Ends every membership of a connection. */
  endAll(connection: Connection): void {
    for (const membership of membershipsOf(connection)) this.end(membership);
  }

  /** Resolves when the frame with `seq` has been delivered here, or when waiting for it is of no use. */
  async delivered(id: LogId, seq: number): Promise<void> {
    const log = this.logs.get(id);
    if (log === undefined || log.seq >= seq) return;
    log.expect(seq);
    await within(DELIVERY_TIMEOUT_MS, log.delivered(seq)).catch(() =>
      this.logger.warn({ log: id, seq }, 'a published frame did not arrive'),
    );
  }

  private end(membership: Membership): void {
    const { connection } = membership;
    membership.dropRoles(membership.roles);
    connection.removeMembership(membership);
    const log = this.logs.get(membership.log.id);
    // Its own log may have been closed, and opened again for others.
    if (log === undefined || log !== membership.log) return;
    log.notices.forget(membership);
    if (log.audience.dismiss(membership) && log.members.size === 0) this.close(log);
  }

  private close(log: LocalLog): void {
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
      this.unreadable.delete(log);
    } catch (error) {
      unreadableFrames.inc();
      // Once, not for each frame of a publisher that is newer.
      if (!this.unreadable.has(log))
        this.logger.error({ err: error, log: log.id }, 'a published frame could not be read');
      this.unreadable.add(log);
      log.missed();
    }
  }
}

function newMember(connection: Connection, log: LocalLog): Membership {
  const membership = new Membership(connection, log);
  log.audience.admit(membership);
  connection.addMembership(membership);
  return membership;
}
