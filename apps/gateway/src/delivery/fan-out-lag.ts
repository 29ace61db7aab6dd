import { fanOutLag } from '../metrics.js';

/** Time between two samples, in milliseconds: reading the time of every message would cost more than delivering it. */
const SAMPLE_EVERY_MS = 1_000;
/** Bytes at the end of a message's frame that hold its time: see `append-messages.lua`. */
const TAIL_BYTES = 72;
const CREATED_AT = /"CreatedAt":"([^"]+)","Seq":\d+\}\}$/;

let sampledAt = Number.NEGATIVE_INFINITY;

/**
 * Samples how old a message is when it goes to the sockets: from Redis's clock when it was stored to this host's clock now.
 * Other frames are skipped.
 * @param now monotonic, in milliseconds.
 */
export function sampleLag(json: Buffer, now = performance.now()): void {
  if (now - sampledAt < SAMPLE_EVERY_MS) return;
  const createdAt = CREATED_AT.exec(json.toString('latin1', Math.max(0, json.length - TAIL_BYTES)))?.[1];
  if (createdAt === undefined) return;
  sampledAt = now;
  // The clocks may differ by more than a frame takes.
  fanOutLag.observe(Math.max(0, Date.now() - Date.parse(createdAt)) / 1_000);
}
