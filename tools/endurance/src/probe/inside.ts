// Runs inside each process of a stack, before the service itself: `node --import`. It answers on a Unix socket what the process
// holds after a collection, and counts errors that nobody handles. The service knows nothing of it.
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Holdings } from './holdings.js';

const path = process.env['PROBE_SOCKET'];
/** Two collections: what the first one finalizes is free only after the second. */
const COLLECTIONS = 2;

let unhandled = 0;

function count(list: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of list) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

function holdings(): Holdings {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let n = 0; n < COLLECTIONS; n += 1) collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    heapBytes: heapUsed,
    externalBytes: external,
    residentBytes: rss,
    handles: count(process.getActiveResourcesInfo()),
    unhandled,
  };
}

if (path !== undefined) {
  process.on('uncaughtExceptionMonitor', () => {
    unhandled += 1;
  });
  // The process of that name before this one may have been killed.
  rmSync(path, { force: true });
  createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(JSON.stringify(holdings()));
  })
    .listen(path)
    .unref();
}
