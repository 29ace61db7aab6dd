import { LIMITS, type RequestType } from '@parley/protocol';
import fc from 'fast-check';
import { hostileText } from './hostile-values.js';

/** The password of every account that the fuzzer makes. */
export const PASSWORD = 'a password of the fuzzer';

/** Few names, so that frames meet each other's accounts and nothing grows with their number. */
const NAMES = 64;

const text = fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), hostileText);
const name = fc.oneof(
  { weight: 8, arbitrary: fc.nat(NAMES).map((n) => `fuzzed ${n}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) },
  { weight: 1, arbitrary: hostileText },
);
const uuid = fc.oneof(
  fc.uuid(),
  fc.constantFrom('', '00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF'),
);
const credentials = fc.record({ username: name, password: fc.constantFrom(PASSWORD, 'x') });
/** Of the form of a token: no key has signed it. */
const ownToken = fc.record({ token: fc.stringMatching(/^[\w-]{4,40}\.[\w-]{4,40}\.[\w-]{0,40}$/) });
const seq = fc.oneof(fc.nat(1_000), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER));
const limit = fc.integer({ min: 1, max: LIMITS.messagesPerPage });

/** A record whose fields may be missing. */
const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { requiredKeys: [] });

/** The general channel, most often; a channel that nobody has; the private one with a stranger. */
const channel = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: some({ recipientUUID: uuid }) },
  { weight: 1, arbitrary: some({ channelUUID: uuid }) },
);
const inChannel = (payload: fc.Arbitrary<object>) =>
  fc.tuple(channel, payload).map(([target, fields]): object => ({ ...target, ...fields }));

const flag = fc.boolean();
const message = fc.record({ UUID: fc.uuid() });
const other = fc.record({ userUUID: fc.uuid() });
const page = some({ cursor: text, limit });
const merged = (parts: readonly object[]): object => Object.assign({}, ...parts);
const inGroup = (fields: fc.Arbitrary<object>) =>
  fc.tuple(fc.record({ channelUUID: fc.uuid() }), fields).map(merged);
/** About a user in a group. */
const aboutMember = (fields: fc.Arbitrary<object>) => inGroup(fc.tuple(other, fields).map(merged));
const nothing = fc.constant({});
const shortLine = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });

const place = fc.record({ channelUUID: fc.uuid(), epoch: text, seq });

/** What a client may send, by type. Each payload is valid most of the time: the mutations see to the rest. */
const PAYLOADS: Readonly<Record<RequestType, { weight: number; payload: fc.Arbitrary<object> }>> = {
  ping: { weight: 6, payload: fc.constant({}) },
  signUp: { weight: 2, payload: credentials },
  signIn: { weight: 2, payload: fc.oneof(credentials, ownToken) },
  refresh: { weight: 1, payload: ownToken },
  signOut: { weight: 1, payload: fc.constant({}) },
  users: { weight: 4, payload: some({ offset: seq, limit: fc.integer({ min: 1, max: 50 }) }) },
  channelJoin: { weight: 8, payload: inChannel(some({ limit, order: fc.constantFrom('asc', 'desc') })) },
  channelLeave: { weight: 4, payload: channel },
  channelMessage: {
    weight: 16,
    payload: inChannel(
      fc.record({ message: text, clientUUID: text, replyTo: uuid }, { requiredKeys: ['message'] }),
    ),
  },
  channelMessages: {
    weight: 6,
    payload: inChannel(some({ before: seq, after: seq, offset: fc.nat(100), limit })),
  },
  subscribe: { weight: 6, payload: channel },
  unsubscribe: { weight: 4, payload: channel },
  resume: {
    weight: 3,
    payload: fc.record({ accessKey: text, channels: fc.array(place, { maxLength: 8 }) }),
  },
  passwordChange: {
    weight: 1,
    payload: fc.record({ old: fc.constantFrom(PASSWORD, 'x'), new: fc.constantFrom(PASSWORD, 'x') }),
  },
  sessions: { weight: 2, payload: fc.constant({}) },
  sessionsEnd: {
    weight: 1,
    payload: fc.oneof(
      fc.record({ all: fc.boolean() }),
      fc.record({ sessionUUIDs: fc.array(fc.uuid(), { minLength: 1, maxLength: 5 }) }),
    ),
  },
  accountDelete: { weight: 1, payload: fc.record({ password: fc.constantFrom(PASSWORD, 'x', 'wrong') }) },
  inbox: { weight: 2, payload: some({ epoch: text, seq }) },
  channelRead: { weight: 2, payload: inChannel(fc.record({ seq })) },
  typing: { weight: 1, payload: channel },
  messageEdit: { weight: 1, payload: inChannel(fc.tuple(message, fc.record({ message: text })).map(merged)) },
  messageDelete: { weight: 1, payload: inChannel(message) },
  reaction: {
    weight: 1,
    payload: inChannel(
      fc.tuple(message, fc.record({ reaction: shortLine }), some({ remove: flag })).map(merged),
    ),
  },
  channelCreate: {
    weight: 1,
    payload: fc.record(
      { name: shortLine, private: flag, topic: text },
      { requiredKeys: ['name', 'private'] },
    ),
  },
  channels: {
    weight: 1,
    payload: fc.tuple(fc.record({ scope: fc.constantFrom('mine', 'public') }), page).map(merged),
  },
  channelSet: {
    weight: 1,
    payload: inGroup(some({ name: shortLine, topic: text, archived: flag })),
  },
  channelMembers: { weight: 1, payload: inGroup(page) },
  channelInvite: {
    weight: 1,
    payload: fc.oneof(
      aboutMember(nothing),
      inGroup(fc.record({ userUUIDs: fc.array(fc.uuid(), { minLength: 1, maxLength: 5 }) })),
    ),
  },
  channelKick: { weight: 1, payload: aboutMember(some({ ban: flag })) },
  channelUnban: { weight: 1, payload: aboutMember(nothing) },
  channelMute: { weight: 1, payload: aboutMember(fc.record({ seconds: fc.nat(LIMITS.muteSeconds) })) },
  channelRole: {
    weight: 1,
    payload: aboutMember(fc.record({ role: fc.constantFrom('owner', 'moderator', 'member') })),
  },
  channelAudit: { weight: 1, payload: inGroup(page) },
  contacts: { weight: 1, payload: page },
  contactAdd: { weight: 1, payload: other },
  contactRemove: { weight: 1, payload: other },
  block: { weight: 1, payload: other },
  unblock: { weight: 1, payload: other },
};

const id = fc.oneof(
  fc.nat(),
  fc.string({ minLength: 1, maxLength: LIMITS.requestIdCharacters }),
  fc.constantFrom(-0, 0.1, Number.MAX_SAFE_INTEGER, '__proto__', 'constructor'),
);

/** A request of any type, as an object. */
export const request: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  ...Object.entries(PAYLOADS).map(([type, { weight, payload }]) => ({
    weight,
    arbitrary: fc.tuple(payload, fc.option(id, { nil: undefined })).map(
      ([fields, mark]): Record<string, unknown> => ({
        type,
        ...(mark === undefined ? {} : { id: mark }),
        [type]: fields,
      }),
    ),
  })),
);
