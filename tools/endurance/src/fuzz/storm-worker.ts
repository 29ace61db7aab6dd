// The attackers, on a thread of their own: what they do must not delay the clients that are timed.
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { Attacker } from './attacker.js';
import { readCorpus } from './corpus.js';
import { type Mutant, mutant } from './mutations.js';
import type { StormOptions, StormOrder } from './storm.js';
import { Tally } from './tally.js';

const { url, connections, seed } = workerData as StormOptions;
const tally = new Tally();
const attackers = Array.from(
  { length: connections },
  (_, n) => new Attacker(`attacker ${seed} ${n}`, url, tally),
);
let portions = 0;
let drawn: Mutant[][] = [];

const each = (work: (attacker: Attacker, n: number) => Promise<void>) => Promise.all(attackers.map(work));

/** Draws what the attackers send next. It takes as long as the sending, so it is done while nothing is timed. */
function draw(frames: number): void {
  drawn = attackers.map(() => {
    portions += 1;
    return fc.sample(mutant, { seed: seed + portions, numRuns: Math.ceil(frames / connections) });
  });
}

/** Spread evenly over the time: frames of all connections at once would make others wait for their number, not for their kind. */
async function send(framesPerSecond: number): Promise<void> {
  const everyMs = 1_000 / framesPerSecond;
  const now = performance.now();
  await each((attacker, n) => attacker.send(drawn[n]!, everyMs * connections, now + everyMs * n));
}

async function carryOut(order: StormOrder): Promise<void> {
  if (order.do === 'draw') draw(order.frames);
  else if (order.do === 'send') await send(order.framesPerSecond);
  else if (order.do === 'replay') await attackers[0]!.send(await readCorpus());
  else if (order.do === 'restart') await each((attacker) => attacker.restart());
  else await each((attacker) => attacker.leave());
}

parentPort!.on('message', (order: StormOrder) => {
  carryOut(order).then(
    () => parentPort!.postMessage(tally),
    (error: unknown) => {
      throw error;
    },
  );
});
