import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { hostileText } from './hostile-values.js';

/** Bytes of the head before a published frame: version, Seq, tag of the epoch, length of the JSON. */
const HEAD_BYTES = 16;
const AT_ONCE = 100;

interface Head {
  readonly version: number;
  readonly seq: bigint;
  readonly tag: number;
  readonly length: number;
  readonly json: string;
}

/** A frame of a log as the channels service publishes it, but for what its head says. */
function published({ version, seq, tag, length, json }: Head): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + Buffer.byteLength(json));
  bytes.writeBigUInt64BE(seq);
  bytes[0] = version;
  bytes.writeUInt32BE(tag, 8);
  bytes.writeUInt32BE(length, 12);
  bytes.write(json, HEAD_BYTES);
  return bytes;
}

const payload: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc.jsonValue({ maxDepth: 2 }).map((value) => Buffer.from(JSON.stringify(value))),
  fc
    .record({
      version: fc.constantFrom(0, 1, 2, 255),
      seq: fc.bigInt({ min: 0n, max: 2n ** 56n - 1n }),
      tag: fc.nat(),
      length: fc.oneof(fc.nat(200), fc.constantFrom(0, 0xffff_ffff)),
      json: fc.oneof(fc.json({ maxDepth: 2 }), hostileText),
    })
    .map(published),
);

/** Publishes what no service would to every channel that somebody is subscribed to. */
export async function publishNonsense(redis: Redis, seed: number, count: number): Promise<void> {
  const channels = (await redis.pubsub('CHANNELS')) as string[];
  const drawn = fc.sample(fc.tuple(fc.nat(), payload), { seed, numRuns: count });
  for (let at = 0; at < drawn.length; at += AT_ONCE) {
    const pipeline = redis.pipeline();
    for (const [place, bytes] of drawn.slice(at, at + AT_ONCE))
      pipeline.publish(channels[place % channels.length]!, bytes);
    await pipeline.exec();
  }
}

/** Puts this text where no service would have written it. */
async function wreck(redis: Redis, key: string, text: string, place: number): Promise<void> {
  const type = await redis.type(key);
  if (type === 'string') await redis.set(key, text, 'KEEPTTL');
  else if (type === 'stream') await redis.xadd(key, '*', text, text);
  else if (type === 'zset') await redis.zadd(key, place, text);
  else if (type === 'set') await redis.sadd(key, text);
  else if (type === 'hash') {
    const fields = await redis.hkeys(key);
    await redis.hset(key, fields[place % fields.length] ?? text, text);
  }
}

/** Changes keys of every kind, so that services read what none of them wrote. A tenth get another type. */
export async function wreckKeys(redis: Redis, seed: number, count: number): Promise<void> {
  const keys = (await redis.keys('*')).toSorted();
  const drawn = fc.sample(fc.tuple(fc.nat(), hostileText, fc.nat()), { seed, numRuns: count });
  for (const [at, text, place] of drawn) {
    const key = keys[at % keys.length]!;
    // What a request stream or its group becomes is the transport's own check.
    if (key.endsWith(':requests')) continue;
    if (place % 10 === 0) await redis.set(key, text);
    else await wreck(redis, key, text, place).catch(() => undefined); // it has another type by now
  }
}
