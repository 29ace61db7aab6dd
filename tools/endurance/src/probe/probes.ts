import { connect } from 'node:net';
import { join } from 'node:path';
import type { Holdings } from './holdings.js';

const INSIDE = new URL('./inside.js', import.meta.url).href;
/** A process that is busy answers late. */
const PATIENCE_MS = 30_000;

/** Sees into the processes of a stack whose probes have their sockets in this folder. */
export class Probes {
  constructor(private readonly folder: string) {}

  /** What the environment of the process of that name needs besides. */
  readonly environmentOf = (name: string): Record<string, string> => ({
    NODE_OPTIONS: `--import=${INSIDE}`,
    PROBE_SOCKET: this.socketOf(name),
  });

  /** Collects the garbage of a process, and resolves with what it holds then. @throws Error when it is not there. */
  async holdings(name: string): Promise<Holdings> {
    let text = '';
    const socket = connect(this.socketOf(name)).setEncoding('utf8');
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`${name} does not answer its probe`)));
    for await (const part of socket) text += part;
    return JSON.parse(text) as Holdings;
  }

  private socketOf(name: string): string {
    return join(this.folder, `${name}.sock`);
  }
}
