import { inBytes } from '@parley/service-kit';
import type { GatewaySettings } from './config.js';
import { REQUESTS_AT_ONCE } from './rest/rest-gate.js';
import { CONTROL_BYTES, HANDSHAKES, HEAD_BYTES } from './socket/handshakes.js';
import { UNSIGNED_BYTES } from './socket/intake.js';

/** The settings that the buffers on the way in depend on. */
export type WayInSettings = Pick<GatewaySettings, 'INTAKE_BYTES' | 'MAX_CONNECTIONS' | 'MAX_FRAME_BYTES'>;

/** One buffer between the network and the answer to a frame. */
export interface InBuffer {
  readonly what: string;
  /** Why it cannot be larger. */
  readonly bound: string;
  /** The most that it takes in one gateway, in bytes. */
  readonly bytes: number;
}

const KIBIBYTE = 1024;
/** Resident memory of a gateway without connections, and of each idle one (docs/performance.md, "Memory"), rounded up. */
const IDLE_BYTES = 104 * KIBIBYTE * KIBIBYTE;
const CONNECTION_BYTES = 8 * KIBIBYTE;
/** The most that Node reads from a socket at once (libuv). */
const READ_BYTES = 64 * KIBIBYTE;
/** Texts of messages of which V8 has not yet collected the last: its young generation, in three parts. */
const YOUNG_BYTES = 48 * KIBIBYTE * KIBIBYTE;
/** A deeply nested text becomes objects of up to this many times its bytes while it is decoded, one frame at a time. */
const PARSED = 30;

/**
 * Every buffer between the network and the answer to a frame, at its fullest, and what a gateway takes besides. Their sum must fit
 * the memory of its container.
 */
export function waysIn(settings: WayInSettings): InBuffer[] {
  const { INTAKE_BYTES, MAX_CONNECTIONS, MAX_FRAME_BYTES } = settings;
  return [
    { what: 'a gateway without connections', bound: 'measured', bytes: IDLE_BYTES },
    {
      what: 'idle connections',
      bound: '`MAX_CONNECTIONS`, 8 KiB each, their rates and their places in the queues included',
      bytes: MAX_CONNECTIONS * CONNECTION_BYTES,
    },
    {
      what: 'requests whose heads are not complete',
      bound: `${HANDSHAKES.toLocaleString('en')} connections, ${inBytes(HEAD_BYTES)} each (Node's \`maxHeaderSize\`)`,
      bytes: HANDSHAKES * HEAD_BYTES,
    },
    {
      what: 'frames of connections that are not signed in: pieces, frames that wait, frames that are answered with the copies made for that',
      bound: 'one budget; without room no socket of them is read',
      bytes: UNSIGNED_BYTES + READ_BYTES,
    },
    {
      what: 'the same of connections that are signed in',
      bound: '`INTAKE_BYTES`, in the same way',
      bytes: INTAKE_BYTES + READ_BYTES,
    },
    {
      what: 'bodies of REST requests',
      bound: `${REQUESTS_AT_ONCE} requests at once, of \`MAX_FRAME_BYTES\` each`,
      bytes: REQUESTS_AT_ONCE * MAX_FRAME_BYTES,
    },
    {
      what: 'pongs that wait',
      bound: `2 of each connection, ${CONTROL_BYTES} bytes each`,
      bytes: MAX_CONNECTIONS * 2 * CONTROL_BYTES,
    },
    {
      what: 'the frame that is being decoded, as objects',
      bound: `one at a time, of \`MAX_FRAME_BYTES\`; nested as deeply as can be it takes ${PARSED} times its bytes`,
      bytes: MAX_FRAME_BYTES * PARSED,
    },
    {
      what: 'what is read and no longer needed, until V8 collects it',
      bound: 'the young generation of V8',
      bytes: YOUNG_BYTES,
    },
  ];
}

/** All of them at their fullest at once, in bytes. */
export const wayInBytes = (settings: WayInSettings): number =>
  waysIn(settings).reduce((sum, { bytes }) => sum + bytes, 0);
