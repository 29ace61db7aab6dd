import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** One probe may take as long as a service's own checks. */
const probeTimeoutMs = 3_000;
const pauseMs = 50;

/** Where one of our processes listens. */
export interface Address {
  host: string;
  port: number;
}

/** Whether `GET /health/ready` answers 200. Uses a connection of its own, because several processes may share a port. */
function isReady(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { ...address, path: '/health/ready', agent: false, timeout: probeTimeoutMs };
    const request = get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
    request.on('timeout', () => request.destroy());
  });
}

/** Resolves when `GET /health/ready` has answered 200 there `times` times in a row. */
export async function untilReady(address: Address, signal: AbortSignal, times = 1): Promise<void> {
  for (let inRow = 0; inRow < times; ) {
    signal.throwIfAborted();
    inRow = (await isReady(address)) ? inRow + 1 : 0;
    if (inRow === 0) await delay(pauseMs, undefined, { signal });
  }
}
