import type { Acknowledged, MayLose, Seen } from './entries.js';

/** What one client received of one channel in one epoch, on one connection, between two calls to reload it. */
interface Stretch {
  epoch: string;
  /** In the order of arrival. */
  readonly received: { readonly UUID: string; readonly seq: number }[];
}

/** A channel as one client saw it. */
export interface FollowedChannel {
  readonly client: string;
  readonly channelUUID: string;
  /** The client followed the log from the message after this Seq. */
  readonly after: number;
  readonly stretches: Stretch[];
  /** UUIDs that the client read from the history after it was told to reload. */
  readonly loaded: Set<string>;
}

interface Books {
  /** By the sender's id; one ack each, unless the server answered twice. */
  readonly acknowledged: ReadonlyMap<string, readonly Acknowledged[]>;
  /** By channel. */
  readonly stored: ReadonlyMap<string, readonly Seen[]>;
  readonly followed: readonly FollowedChannel[];
  readonly open: number;
  /** The reason for each refused post. */
  readonly refusals: readonly string[];
  readonly mayLose: MayLose;
}

/** The result of a run. `faults` has a line for each of the first few faults of each kind. */
export interface Account {
  /** Messages that were acknowledged. */
  readonly acknowledged: number;
  /** Messages in the logs. */
  readonly stored: number;
  /** (client, channel, Seq) received. */
  readonly delivered: number;
  /** Acknowledged and not stored, or stored and not received by a client that follows the channel. */
  readonly lost: number;
  /** Acknowledged and gone, as the documents allow for this fault. */
  readonly lostAsDocumented: number;
  /** Received twice by one client, stored twice for one post, or acknowledged in two ways. */
  readonly doubled: number;
  /** Received after a higher Seq, or under a Seq that another message of the epoch has; gaps in a log; times that run backwards. */
  readonly outOfOrder: number;
  /** Posts that ended with an error, or that nobody answered. */
  readonly failed: number;
  readonly faults: readonly string[];
}

/** How many faults of each kind are shown. */
const SHOWN = 5;

class Findings {
  readonly lines: string[] = [];
  private readonly counts = new Map<string, number>();

  add(kind: string, text: string): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count <= SHOWN) this.lines.push(`${kind}: ${text}`);
  }

  count(...kinds: readonly string[]): number {
    return kinds.reduce((sum, kind) => sum + (this.counts.get(kind) ?? 0), 0);
  }
}

/** Makes the account of a run. */
export function settle(books: Books): Account {
  const findings = new Findings();
  const storedIds = new Set([...books.stored.values()].flat().map(({ UUID }) => UUID));
  checkAcknowledged(books, storedIds, findings);
  checkLogs(books, findings);
  checkSeqs(books, findings);
  for (const followed of books.followed) {
    checkOrder(followed, findings);
    checkDelivered(followed, books.stored.get(followed.channelUUID) ?? [], findings);
    checkWithdrawn(followed, storedIds, findings);
  }
  for (const reason of books.refusals) findings.add('refused', reason);
  if (books.open > 0) findings.add('unanswered', `${books.open} posts`);
  return {
    acknowledged: books.acknowledged.size,
    stored: storedIds.size,
    delivered: books.followed.reduce((sum, followed) => sum + receivedIds(followed).size, 0),
    lost: findings.count('acknowledged, not stored', 'stored, not delivered', 'gone without a new epoch'),
    lostAsDocumented: findings.count('lost as documented'),
    doubled: findings.count('delivered twice', 'stored twice', 'acknowledged in two ways'),
    outOfOrder: findings.count('out of order', 'Seq given twice', 'hole in the log', 'time runs backwards'),
    failed: books.open + books.refusals.length,
    faults: findings.lines.filter((line) => !line.startsWith('lost as documented')),
  };
}

function checkAcknowledged({ acknowledged, mayLose }: Books, storedIds: Set<string>, findings: Findings) {
  for (const [clientUUID, acks] of acknowledged) {
    const ack = acks[0]!;
    const name = `${clientUUID} (${ack.channelUUID} ${ack.seq})`;
    if (acks.some(({ UUID, seq }) => UUID !== ack.UUID || seq !== ack.seq)) {
      findings.add('acknowledged in two ways', name);
    }
    if (storedIds.has(ack.UUID)) continue;
    findings.add(mayLose(ack) ? 'lost as documented' : 'acknowledged, not stored', name);
  }
}

/**
 * Each text is posted under one id only, so two messages with one text are one post that was stored twice. A log has no
 * gaps, and its times never run backwards.
 */
function checkLogs({ stored }: Books, findings: Findings): void {
  for (const [channelUUID, messages] of stored) {
    const texts = new Set<string>();
    for (const [index, { Message: text, Seq, CreatedAt }] of messages.entries()) {
      const name = `${channelUUID} ${Seq}`;
      const before = messages[index - 1];
      if (texts.has(text)) findings.add('stored twice', `${text} (${name})`);
      if (before && Seq !== before.Seq + 1) findings.add('hole in the log', `${name} after ${before.Seq}`);
      if (before && CreatedAt < before.CreatedAt) findings.add('time runs backwards', name);
      texts.add(text);
    }
  }
}

/** Within an epoch, a Seq means the same message to all clients. */
function checkSeqs({ followed }: Books, findings: Findings): void {
  const given = new Map<string, string>();
  for (const { channelUUID, stretches } of followed) {
    for (const { epoch, received } of stretches) {
      for (const { UUID, seq } of received) {
        const place = `${channelUUID} ${epoch} ${seq}`;
        const first = given.get(place) ?? UUID;
        given.set(place, first);
        if (first !== UUID) findings.add('Seq given twice', `${place}: ${first}, ${UUID}`);
      }
    }
  }
}

function checkOrder({ client, channelUUID, stretches }: FollowedChannel, findings: Findings): void {
  const seen = new Set<string>();
  for (const { received } of stretches) {
    let highest = 0;
    for (const { UUID, seq } of received) {
      const name = `${client} ${channelUUID} ${seq}`;
      if (seen.has(UUID)) findings.add('delivered twice', name);
      else if (seq < highest) findings.add('out of order', `${name} after ${highest}`);
      seen.add(UUID);
      highest = Math.max(highest, seq);
    }
  }
}

function checkDelivered(followed: FollowedChannel, stored: readonly Seen[], findings: Findings): void {
  const received = receivedIds(followed);
  const { client, channelUUID, after } = followed;
  for (const { UUID, Seq } of stored) {
    if (Seq > after && !received.has(UUID)) {
      findings.add('stored, not delivered', `${client} ${channelUUID} ${Seq}`);
    }
  }
}

/** A message that a client received and the log lacks must be of an ended epoch: otherwise the client never learned that it is gone. */
function checkWithdrawn(followed: FollowedChannel, storedIds: Set<string>, findings: Findings): void {
  const { client, channelUUID, stretches } = followed;
  const current = stretches.at(-1)!.epoch;
  for (const { epoch, received } of stretches) {
    for (const { UUID, seq } of received) {
      if (!storedIds.has(UUID) && epoch === current) {
        findings.add('gone without a new epoch', `${client} ${channelUUID} ${seq}`);
      }
    }
  }
}

function receivedIds({ stretches, loaded }: FollowedChannel): Set<string> {
  return new Set([...stretches.flatMap(({ received }) => received.map(({ UUID }) => UUID)), ...loaded]);
}
