import type { Duplex } from 'node:stream';

/** The part of a TCP socket's handle that starts and stops reading. */
interface Readable {
  reading: boolean;
  readStop(): number;
  readStart(): number;
}

/**
 * Stops reading from the network at once. `pause()` alone lets Node read on until the stream's own buffer is full, up to 128 KiB for
 * each of many thousand sockets, which nobody could count. Call it beside `pause()`.
 */
export function stopReading(socket: Duplex): void {
  const handle = handleOf(socket);
  if (handle?.reading !== true) return;
  handle.reading = false;
  handle.readStop();
}

/** Reads from the network again. Call it beside `resume()`. */
export function startReading(socket: Duplex): void {
  const handle = handleOf(socket);
  if (handle?.reading !== false) return;
  handle.reading = true;
  handle.readStart();
}

/** Node shows it nowhere else. A stream without one (TLS, a test's) is only paused. */
function handleOf(socket: Duplex): Readable | undefined {
  const { _handle: handle } = socket as { _handle?: Partial<Readable> | null };
  return typeof handle?.readStop === 'function' ? (handle as Readable) : undefined;
}
