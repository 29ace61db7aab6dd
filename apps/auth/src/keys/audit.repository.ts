import { Inject, Injectable } from '@nestjs/common';
import type { AuditEntry, AuditKind, AuditPage, AuditRequest, UseOutcome } from '@parley/contracts';
import { AppError, LIMITS } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { AuthKeys } from '../redis/keys.js';
import { settleUse } from './redis/settle-use.js';

/** Injection token of how many uses of each kind the audit keeps, about. */
export const AUDIT_ENTRIES = Symbol('audit entries');

/** The most characters that the audit keeps of what a use is about. */
const OBJECT_CHARACTERS = 256;
/** The outcome of a use that has none yet. */
const UNKNOWN = '';
const ENTRY = /^\d{1,20}-\d{1,20}$/;

/** A use to note. */
export type UseToNote = Omit<AuditEntry, 'at' | 'outcome'> & { readonly outcome?: string | undefined };

/** What keys of operators have done: a stream of each kind, of which Redis drops the oldest. */
@Injectable()
export class AuditRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
    @Inject(AUDIT_ENTRIES) private readonly most: number,
  ) {}

  /** Notes a use, without an outcome if it is not known yet. @returns the entry, which {@link settle} takes. */
  async note(kind: AuditKind, { outcome = UNKNOWN, actAs = '', object, ...use }: UseToNote): Promise<string> {
    const { keyId, keyName, operation } = use;
    const fields = {
      ...{ at: String(Date.now()), keyId, keyName, operation },
      ...{ object: object.slice(0, OBJECT_CHARACTERS), actAs, outcome },
    };
    const all = Object.entries(fields).flat();
    return (await this.redis.xadd(this.keys.audit(kind), 'MAXLEN', '~', this.most, '*', ...all))!;
  }

  /** Gives a use its outcome. Idempotent. */
  settle({ object, ...outcome }: UseOutcome): Promise<void> {
    const cut = object?.slice(0, OBJECT_CHARACTERS);
    return settleUse(this.redis, this.keys, { ...outcome, object: cut, most: this.most });
  }

  /**
   * A page, the newest use first, with a cursor if there are more. A use that gets its outcome moves to the front: a reader who is
   * further back by then finds it on the first page.
   * @throws AppError INVALID_FIELD
   */
  async page({ kind, cursor, limit }: AuditRequest): Promise<AuditPage> {
    if (cursor !== undefined && !ENTRY.test(cursor))
      throw new AppError('INVALID_FIELD', { message: 'cursor: expected that of the answer before' });
    const count = Math.min(limit, LIMITS.auditEntriesPerPage);
    const from = cursor === undefined ? '+' : `(${cursor}`;
    // One more than asked for tells whether there are more.
    const found = await this.redis.xrevrange(this.keys.audit(kind), from, '-', 'COUNT', count + 1);
    const read = found.slice(0, count);
    const last = read.at(-1);
    return {
      // Outcomes come late: an entry stands where it got its own.
      entries: read.map(([, fields]) => entryIn(fields)).sort((one, other) => other.at - one.at),
      ...(last && found.length > count && { cursor: last[0] }),
    };
  }
}

function entryIn(fields: readonly string[]): AuditEntry {
  const stored = Object.fromEntries(
    fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? '']] : [])),
  ) as Record<string, string | undefined>;
  const { at, keyId = '', keyName = '', operation = '', object = '', actAs, outcome } = stored;
  return {
    ...{ at: Number(at), keyId, keyName, operation, object, outcome: outcome || 'unknown' },
    ...(actAs && { actAs }),
  };
}
