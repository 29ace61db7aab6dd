import fc from 'fast-check';
import { request } from './grammar.js';
import { hostileText, hostileValue } from './hostile-values.js';

type JsonObject = Record<string, unknown>;

/** What is sent as one WebSocket message, or written to the socket below it. */
export interface Mutant {
  readonly as: 'text' | 'binary' | 'raw';
  readonly bytes: Buffer;
}

const asText = (text: string): Mutant => ({ as: 'text', bytes: Buffer.from(text) });

/** Defines a property even where an assignment would set the prototype. */
function put(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

const payloadOf = (frame: JsonObject): JsonObject => frame[String(frame['type'])] as JsonObject;

/** Fields that nobody reads, in the envelope or the payload: the frame means what it meant. */
const withStrangers = fc
  .tuple(request, hostileText, hostileValue, fc.boolean())
  .map(([frame, key, value, isOutside]) => {
    const changed = structuredClone(frame);
    const target = isOutside ? changed : payloadOf(changed);
    if (!Object.hasOwn(target, key)) put(target, key, value);
    return JSON.stringify(changed);
  });

/** Every character of every string as an escape. */
const escaped = request.map((frame) =>
  JSON.stringify(frame).replace(
    /[^\x20-\x7e]|(?<=")[a-zA-Z](?=[a-zA-Z]*":)/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ),
);

const spaced = fc
  .tuple(request, fc.stringMatching(/^[ \t\r\n]{1,40}$/))
  .map(([frame, space]) => `${space}${JSON.stringify(frame, null, space.slice(0, 10))}${space}`);

/** One field of the payload, or the payload itself, is something else. */
const withWrongField = fc
  .tuple(request, hostileValue, fc.nat(), fc.boolean())
  .map(([frame, value, place, isWhole]) => {
    const changed = structuredClone(frame);
    const payload = payloadOf(changed);
    const keys = Object.keys(payload);
    if (isWhole || keys.length === 0) put(changed, String(changed['type']), value);
    else put(payload, keys[place % keys.length]!, value);
    return JSON.stringify(changed);
  });

/** The envelope's own fields are something else, credentials too. */
const withWrongEnvelope = fc
  .tuple(
    request,
    fc.constantFrom('type', 'id', 'userUUID', 'accessKey', 'userAccessKey', 'SUUID', 'sessionUUID'),
    hostileValue,
  )
  .map(([frame, key, value]) => JSON.stringify({ ...frame, [key]: value }));

/** A key twice, a cut, a flipped byte, a piece of another frame. */
const spliced = fc
  .tuple(request, request, fc.nat(), fc.nat(), fc.nat(4))
  .map(([one, other, from, to, how]) => {
    const [text, more] = [JSON.stringify(one), JSON.stringify(other)];
    const at = from % text.length;
    if (how === 0) return text.slice(0, at);
    if (how === 1) return text.slice(0, at) + more.slice(to % more.length);
    if (how === 2) return `${text.slice(0, -1)},${more.slice(1)}`;
    if (how === 3) return text.slice(0, at) + String.fromCharCode(to % 0x1_0000) + text.slice(at + 1);
    return text.slice(0, at) + text.slice(at, at + (to % 64)).repeat(8) + text.slice(at);
  });

const nested = fc
  .tuple(request, fc.constantFrom(10, 1_000, 10_000), fc.constantFrom(['[', ']'], ['{"a":', '1}']))
  .map(([frame, depth, [open, close]]) => {
    const inner = open === '[' ? '' : '1';
    const deep = `${open!.repeat(depth)}${inner}${close!.replace('1', '').repeat(depth)}`;
    return `${JSON.stringify(frame).slice(0, -1)},"deep":${deep}}`;
  });

/** Bytes that are no UTF-8: overlong forms, surrogates, cut sequences. */
const BAD_UTF8 = ['c080', 'e08080', 'f0808080', 'eda080', 'f4908080', 'ff', 'e282', '80'];

const withBadUtf8 = fc
  .tuple(request, fc.constantFrom(...BAD_UTF8), fc.nat())
  .map(([frame, hex, place]): Mutant => {
    const bytes = Buffer.from(JSON.stringify(frame));
    const at = place % bytes.length;
    return {
      as: 'text',
      bytes: Buffer.concat([bytes.subarray(0, at), Buffer.from(hex, 'hex'), bytes.subarray(at)]),
    };
  });

const someBytes = fc
  .tuple(fc.constantFrom('binary' as const, 'raw' as const), fc.uint8Array({ minLength: 1, maxLength: 200 }))
  .map(([as, bytes]): Mutant => ({ as, bytes: Buffer.from(bytes) }));

/** Of 100: 74 are well-formed by construction, and 2 at most end the connection. */
export const mutant: fc.Arbitrary<Mutant> = fc.oneof(
  { weight: 30, arbitrary: withStrangers.map(asText) },
  { weight: 14, arbitrary: request.map((frame) => asText(JSON.stringify(frame))) },
  { weight: 15, arbitrary: escaped.map(asText) },
  { weight: 15, arbitrary: spaced.map(asText) },
  { weight: 12, arbitrary: withWrongField.map(asText) },
  { weight: 4, arbitrary: withWrongEnvelope.map(asText) },
  { weight: 7, arbitrary: spliced.map(asText) },
  { weight: 1, arbitrary: nested.map(asText) },
  { weight: 1, arbitrary: withBadUtf8 },
  { weight: 1, arbitrary: someBytes },
);
