import { randomUUID } from 'node:crypto';
import { type AuditEntry, type AuthOperatorContract, type KeySummary, newApiKey } from '@parley/contracts';
import { AppError, KEY_SCOPES, type KeyScope, LIMITS } from '@parley/protocol';
import { type Call, type Command, UsageError } from '../command.js';
import { numberOf } from './number-of.js';

const DAY_MS = 86_400_000;
const SHOWN_ONCE = 'Keep the key: nobody can show it again.';

/** The commands about keys of operators and bots, and what operators do with keys. */
export const KEY_COMMANDS: readonly Command[] = [
  {
    name: 'keys-create',
    args: [],
    options: {
      name: { type: 'string' },
      scopes: { type: 'string' },
      bot: { type: 'string' },
      'expires-days': { type: 'string' },
    },
    does: `makes a key with --scopes a,b (of ${KEY_SCOPES.join(', ')}), or a further key of --bot NAME, and prints it`,
    async run(call) {
      const { key, ...ref } = newApiKey();
      const request = { ...ref, name: nameIn(call), lifeMs: lifeIn(call), ...whatFor(call) };
      const made = await ask(call, 'auth.createKey', request);
      await call.print(`${key}\n${line(made)}\n${SHOWN_ONCE}\n`);
    },
  },
  {
    name: 'keys-list',
    args: [],
    does: 'lists all keys, the newest first',
    async run({ services, print }) {
      const { keys } = await services.auth.ask('auth.listKeys', {});
      await print(keys.length === 0 ? 'There are no keys.\n' : keys.map((key) => `${line(key)}\n`).join(''));
    },
  },
  {
    name: 'keys-revoke',
    args: ['ID'],
    does: 'revokes a key at once: the connections of a bot that it signed in are closed with 4501',
    async run(call) {
      const [id = ''] = call.args;
      const { revoked, ended } = await ask(call, 'auth.revokeKey', { id });
      if (!revoked) throw new AppError('INVALID_FIELD', { message: `there is no key ${JSON.stringify(id)}` });
      await call.print(`${id} is revoked; ${ended === 1 ? '1 session' : `${ended} sessions`} ended\n`);
    },
  },
  {
    name: 'bots-create',
    args: ['NAME'],
    options: { 'expires-days': { type: 'string' } },
    does: 'makes a bot, a user whom a key signs in, and prints the key',
    async run(call) {
      const [username = ''] = call.args;
      const { key, ...ref } = newApiKey();
      const request = { ...ref, username, name: username, lifeMs: lifeIn(call) };
      const { user } = await ask(call, 'auth.createBot', request);
      await call.print(`${key}\n${user.Username} (${user.UUID}) is a bot\n${SHOWN_ONCE}\n`);
    },
  },
  {
    name: 'audit',
    args: [],
    options: { acts: { type: 'boolean' }, last: { type: 'string' } },
    does: "prints what operators' keys have done, as JSON lines, the newest first: --last N of them (100); --acts: what they did as users",
    async run(call) {
      const kind = call.options['acts'] === true ? 'acts' : 'operations';
      let left = numberOf(call, 'last', [1, Number.MAX_SAFE_INTEGER]) ?? LIMITS.auditEntriesPerPage;
      let cursor: string | undefined;
      do {
        const limit = Math.min(left, LIMITS.auditEntriesPerPage);
        const page = await call.services.auth.ask('auth.audit', { kind, cursor, limit });
        if (page.entries.length > 0) await call.print(page.entries.map(entryLine).join(''));
        left -= page.entries.length;
        cursor = page.cursor;
      } while (cursor !== undefined && left > 0);
    },
  },
  {
    name: 'announce',
    args: ['TEXT'],
    does: 'tells a text to every connection that is signed in',
    async run(call) {
      const [text = ''] = call.args;
      if (text === '' || [...text].length > LIMITS.announcementCharacters)
        throw new UsageError(`announce: expected 1 to ${LIMITS.announcementCharacters} characters`);
      const { at } = await ask(call, 'auth.announce', { text });
      await call.print(`announced at ${at}\n`);
    },
  },
];

/** Sends a request that is done once, however often it has to be sent. */
function ask<P extends keyof AuthOperatorContract>(
  { services }: Call,
  pattern: P,
  request: AuthOperatorContract[P]['request'],
): Promise<AuthOperatorContract[P]['reply']> {
  return services.auth.ask(pattern, request, { idempotencyKey: randomUUID() });
}

function nameIn({ options: { name } }: Call): string {
  if (typeof name === 'string' && /^[^\p{Cc}]+$/u.test(name) && [...name].length <= LIMITS.keyNameCharacters)
    return name;
  throw new UsageError(`keys-create: expected --name and 1 to ${LIMITS.keyNameCharacters} characters`);
}

function whatFor({ options: { scopes, bot } }: Call): { scopes: KeyScope[] } | { botName: string } {
  if (typeof bot === 'string' && scopes === undefined) return { botName: bot };
  const names = typeof scopes === 'string' && bot === undefined ? scopes.split(',') : [];
  if (names.length > 0 && names.every(isScope)) return { scopes: names };
  throw new UsageError(`keys-create: expected --bot NAME, or --scopes with some of ${KEY_SCOPES.join(',')}`);
}

const isScope = (name: string): name is KeyScope => (KEY_SCOPES as readonly string[]).includes(name);

function lifeIn(call: Call): number | undefined {
  const days = numberOf(call, 'expires-days', [1, LIMITS.keyDays]);
  return days === undefined ? undefined : days * DAY_MS;
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

function line({
  id,
  name,
  scopes,
  userUUID,
  createdAt,
  createdBy,
  lastUsedAt,
  expiresAt,
}: KeySummary): string {
  const what = userUUID === undefined ? scopes.join(',') : `bot ${userUUID}`;
  const times = [
    `made ${timeOf(createdAt)} by ${createdBy}`,
    lastUsedAt === undefined ? 'never used' : `last used about ${timeOf(lastUsedAt)}`,
    ...(expiresAt === undefined ? [] : [`expires ${timeOf(expiresAt)}`]),
  ];
  return `${id}  ${JSON.stringify(name)}  ${what}  ${times.join(', ')}`;
}

const entryLine = ({ at, ...entry }: AuditEntry): string =>
  `${JSON.stringify({ at: timeOf(at), ...entry })}\n`;
