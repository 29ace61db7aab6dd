import { createHash } from 'node:crypto';
import type { AuditKind } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';

/**
 * The key names of the auth service. They hold usernames and addresses as SHA-256: a username may hold any Unicode,
 * including braces, and would choose its own hash slot.
 */
export class AuthKeys {
  /** @param prefix starts every name, as REDIS_PREFIX says. */
  constructor(private readonly prefix: string) {}

  credential(username: string): string {
    return `${this.prefix}:auth:credential:{${sha256(usernameKey(username))}}`;
  }

  /** @param id as `externalId` makes it. */
  external(id: string): string {
    return `${this.prefix}:auth:external:{${id}}`;
  }

  sessions(userUUID: string): string {
    return `${this.prefix}:auth:{${userUUID}}:sessions`;
  }

  name(userUUID: string): string {
    return `${this.prefix}:auth:{${userUUID}}:name`;
  }

  expiries(userUUID: string): string {
    return `${this.prefix}:auth:{${userUUID}}:expiries`;
  }

  ending(userUUID: string): string {
    return `${this.prefix}:auth:{${userUUID}}:ending`;
  }

  bars(userUUID: string): string {
    return `${this.prefix}:auth:{${userUUID}}:bars`;
  }

  /** What has happened to a user, until it is handed on. */
  toldOf(userUUID: string): string {
    return `${this.prefix}:auth:{${userUUID}}:told`;
  }

  /** The kinds of events that somebody asks for, as they were known last. */
  toldKinds(): string {
    return `${this.prefix}:auth:{told}:kinds`;
  }

  /** The users of whom something may be written down. */
  told(): string {
    return `${this.prefix}:auth:{told}:users`;
  }

  keySessions(userUUID: string): string {
    return `${this.prefix}:auth:{${userUUID}}:key-sessions`;
  }

  /** All keys share a slot, so that their index and each of them change together. */
  keyIndex(): string {
    return `${this.prefix}:auth:{keys}:index`;
  }

  /** @param id of a key: letters and digits. */
  key(id: string): string {
    return `${this.prefix}:auth:{keys}:key:${id}`;
  }

  audit(kind: AuditKind): string {
    return `${this.prefix}:auth:{keys}:${kind}`;
  }

  failures(subject: string): string {
    return `${this.prefix}:auth:throttle:{${sha256(subject)}}:failures`;
  }

  pending(subject: string): string {
    return `${this.prefix}:auth:throttle:{${sha256(subject)}}:pending`;
  }

  used(subject: string): string {
    return `${this.prefix}:auth:throttle:{${sha256(subject)}}:used`;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Every key of the auth service without its prefix, as docs/redis-keys.md lists them. */
export const KEY_CATALOGUE = [
  {
    pattern: 'auth:credential:{<SHA-256 of the username in its compared form>}',
    type: 'hash',
    owner: 'auth',
    holds:
      'userUUID, username as it is shown, passwordHash (argon2id), createdAt in milliseconds, places (hashes of the networks where the user has signed in, at most 8); changedBy (the request that last changed the password); external (of a user whom tokens sign in: the id in `auth:external`); of a deleted account userUUID, external, passwordHash (that nobody has the password of) and deletedAt',
    lifetime: 'until the user is purged',
    growth: 'one per user',
  },
  {
    pattern: 'auth:external:{<SHA-256 of iss and sub>}',
    type: 'hash',
    owner: 'auth',
    holds:
      'userUUID, username, wanted (the name that the identity provider last gave), shown (JSON of what the users service shows of it besides: Name, Picture), issuer, subject; revokedAt (tokens issued until then are refused); of a deleted account userUUID and deletedAt; times in milliseconds',
    lifetime: 'until the user is purged; revokedAt then stays for 30 days',
    growth: 'one per user whom tokens have signed in or whose tokens were revoked',
  },
  {
    pattern: 'auth:{<userUUID>}:sessions',
    type: 'zset',
    owner: 'auth',
    holds: 'session id (SHA-256 of the access key) by its end, in milliseconds of the clock of Redis',
    lifetime: 'SESSION_TTL_SECONDS after a session of the user was last used',
    growth: 'at most SESSIONS_PER_USER members',
  },
  {
    pattern: 'auth:{<userUUID>}:name',
    type: 'string',
    owner: 'auth',
    holds: 'the username of a user who has sessions, as it is shown',
    lifetime: 'as that of the sessions',
    growth: 'one per user with a living session',
  },
  {
    pattern: 'auth:{<userUUID>}:expiries',
    type: 'zset',
    owner: 'auth',
    holds: 'session id by the time at which the token that began it expires, in milliseconds',
    lifetime: 'as that of the sessions',
    growth: 'at most one member for each session that a token began',
  },
  {
    pattern: 'auth:{<userUUID>}:ending',
    type: 'set',
    owner: 'auth',
    holds: 'ids of sessions that have been ended together, until the gateways are told',
    lifetime: 'until they are told; 1 h if a replica died over it',
    growth: 'at most SESSIONS_PER_USER members',
  },
  {
    pattern: 'auth:{<userUUID>}:bars',
    type: 'hash',
    owner: 'auth',
    holds:
      'why nobody may sign in to the account (`banned`, `disabled`, `deleted`) → since when, in milliseconds',
    lifetime: 'until each is lifted; of a deleted account 1 h',
    growth: 'one per barred account',
  },
  {
    pattern: 'auth:{<userUUID>}:told',
    type: 'stream',
    owner: 'auth',
    holds:
      'what has happened to a user, for webhooks, until the users service has it: t the type of the event, i the id of a session; only if a webhook asks for it',
    lifetime: 'an entry until it is handed on, which is seconds',
    growth: 'about 1,000 entries at most per user',
  },
  {
    pattern: 'auth:{told}:kinds',
    type: 'string',
    owner: 'auth',
    holds:
      'the kinds of events that webhooks ask for, with commas between them, as the users service said last',
    lifetime: 'permanent',
    growth: 'none',
  },
  {
    pattern: 'auth:{told}:users',
    type: 'zset',
    owner: 'auth',
    holds: 'users of whom something may be written down, by when that was noted last, in milliseconds',
    lifetime: 'a member for a minute after its user was changed',
    growth: 'one per such user',
  },
  {
    pattern: 'auth:{<userUUID>}:key-sessions',
    type: 'hash',
    owner: 'auth',
    holds: 'session id → id of the key that began the session',
    lifetime: 'until the user is purged; a field until the bot signs in after its session has ended',
    growth: 'one per bot that has signed in, with at most SESSIONS_PER_USER fields and one',
  },
  {
    pattern: 'auth:{keys}:index',
    type: 'zset',
    owner: 'auth',
    holds: 'ids of keys of operators and bots by when they were made, in milliseconds',
    lifetime: 'until the last key is revoked',
    growth: 'at most 1,000 members',
  },
  {
    pattern: 'auth:{keys}:key:<id>',
    type: 'hash',
    owner: 'auth',
    holds:
      'hash (SHA-256 of the SHA-256 of the secret), name, scopes, createdAt, createdBy; lastUsedAt (off by an hour at most); expiresAt; of the key of a bot userUUID and external (the id in `auth:external`); times in milliseconds',
    lifetime: 'until the key is revoked',
    growth: 'one per key, at most 1,000',
  },
  {
    pattern: 'auth:{keys}:<operations or acts>',
    type: 'stream',
    owner: 'auth',
    holds:
      'what keys of operators have done, for themselves or as users: at (milliseconds), keyId, keyName, operation, object, actAs, outcome (empty until it is known)',
    lifetime: 'until later uses push it out',
    growth: 'about KEY_AUDIT_ENTRIES entries each, of 0.3 KB most often and 2 KB at most',
  },
  {
    pattern: 'auth:throttle:{<SHA-256 of a username and an address>}:failures',
    type: 'zset',
    owner: 'auth',
    holds: 'failed sign-ins by their time',
    lifetime: 'SIGN_IN_WINDOW_SECONDS after the last failure',
    growth:
      'one per wrong password that was checked within the window; at most SIGN_IN_FAILURES_PER_PAIR members each',
  },
  {
    pattern: 'auth:throttle:{<SHA-256 of a username and an address>}:pending',
    type: 'zset',
    owner: 'auth',
    holds: 'sign-ins whose password is being checked, by the end of their reservation',
    lifetime: 'while passwords are checked; 60 s after a replica died over it',
    growth: 'one per hashing that runs',
  },
  {
    pattern: 'auth:throttle:{<SHA-256 of a username or an address>}:used',
    type: 'string',
    owner: 'auth',
    holds:
      'nothing: its remaining life is what a username has used of its guesses, or an address of its guesses, sign-ups or hashing time',
    lifetime: 'until that is regained: seconds for a username, minutes or an hour for an address',
    growth: 'at most four per hashing within that time',
  },
] as const;
