import { constants, deflateRawSync } from 'node:zlib';

/** Shorter texts gain little. */
const SHORTEST_BYTES = 128;
/** The end of a flushed block, which the other side puts back (RFC 7692, 7.2.1). */
const TAIL_BYTES = 4;
const OPTIONS = { finishFlush: constants.Z_SYNC_FLUSH };

/**
 * A text as `permessage-deflate` sends it, without context from earlier ones, so that many clients can share it; undefined
 * if compression gains nothing.
 */
export function deflated(text: Buffer): Buffer | undefined {
  if (text.length < SHORTEST_BYTES) return undefined;
  const bytes = deflateRawSync(text, OPTIONS);
  return bytes.length - TAIL_BYTES < text.length ? bytes.subarray(0, -TAIL_BYTES) : undefined;
}
