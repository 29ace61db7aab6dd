import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Joiner } from './join-loop.js';

/** By way of `dist`, because tests run the sources and a process needs compiled code. */
const PROGRAM = fileURLToPath(new URL('../../dist/witnesses/join-loop.js', import.meta.url));

/** What the loops of one process have done. */
export interface JoinCount {
  /** Joins that were answered. */
  readonly joins: number;
  readonly bytes: number;
  /** Loops that ended with an error or a lost connection. */
  readonly failed: number;
}

/** Clients in a process of their own, which connect, resume, join and leave without a pause. */
export class JoinLoops {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts one loop for each joiner. */
  static async start(joiners: readonly Joiner[]): Promise<JoinLoops> {
    const child = fork(PROGRAM, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.send(joiners);
    await answerOf(child);
    return new JoinLoops(child);
  }

  /** Ends the loops. @returns what they have done. */
  async stop(): Promise<JoinCount> {
    this.child.send('stop');
    const count = await answerOf(this.child);
    this.child.disconnect();
    await once(this.child, 'exit');
    return count as JoinCount;
  }
}

/** @throws {Error} the process ends without an answer. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController();
  const ended = once(child, 'exit', { signal: answered.signal }).then(([code]) => {
    throw new Error(`the process of the join loops ended with ${code}`);
  });
  try {
    const [answer] = await Promise.race([once(child, 'message', { signal: answered.signal }), ended]);
    return answer;
  } finally {
    answered.abort();
    ended.catch(() => undefined);
  }
}
