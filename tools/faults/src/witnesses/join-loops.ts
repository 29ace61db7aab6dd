import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Joiner } from './join-loop.js';

const PROGRAM = fileURLToPath(new URL('join-loop.js', import.meta.url));

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
    await once(child, 'message');
    return new JoinLoops(child);
  }

  /** Ends the loops. @returns what they have done. */
  async stop(): Promise<JoinCount> {
    this.child.send('stop');
    const [count] = await once(this.child, 'message');
    this.child.disconnect();
    await once(this.child, 'exit');
    return count as JoinCount;
  }
}
