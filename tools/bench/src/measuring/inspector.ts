import { once } from 'node:events';
import { eventually } from '@parley/testing';
import { WebSocket } from 'ws';

/** Where Node's inspector listens after SIGUSR1. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list';

/** Time between two samples, in µs. */
const INTERVAL_US = 500;

/** A CPU profile as V8 gives it. */
export interface CpuProfile {
  nodes: readonly {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    hitCount?: number;
  }[];
}

/** Node's inspector in another process. */
export class Inspector {
  private constructor(private readonly socket: WebSocket) {}

  /** Opens the inspector of a process until the process ends. Throws when another process has the inspector's port. */
  static async attach(pid: number): Promise<Inspector> {
    if (await inspectorUrl()) throw new Error(`another process is inspected at ${INSPECTOR}`);
    process.kill(pid, 'SIGUSR1');
    const socket = new WebSocket(await untilInspected(pid));
    await once(socket, 'open');
    await ask(socket, 'Profiler.enable');
    await ask(socket, 'Profiler.setSamplingInterval', { interval: INTERVAL_US });
    return new Inspector(socket);
  }

  /** Samples the process while `work` is under way: where its main thread was, every half millisecond. */
  async profileDuring(work: () => Promise<unknown>): Promise<CpuProfile> {
    await ask(this.socket, 'Profiler.start');
    await work();
    const { profile } = (await ask(this.socket, 'Profiler.stop')) as { profile: CpuProfile };
    return profile;
  }

  /** Collects garbage. */
  async collectGarbage(): Promise<void> {
    await ask(this.socket, 'HeapProfiler.collectGarbage');
  }

  close(): void {
    this.socket.close();
  }
}

async function untilInspected(pid: number): Promise<string> {
  const url = async () => {
    const found = await inspectorUrl();
    if (found === undefined) throw new Error(`process ${pid} does not listen at ${INSPECTOR}`);
    return found;
  };
  return eventually(url, { everyMs: 100 });
}

async function inspectorUrl(): Promise<string | undefined> {
  const targets = await fetch(INSPECTOR).then(
    (response) => response.json() as Promise<{ webSocketDebuggerUrl: string }[]>,
    () => [],
  );
  return targets[0]?.webSocketDebuggerUrl;
}

let lastId = 0;

async function ask(socket: WebSocket, method: string, params: object = {}): Promise<unknown> {
  const id = ++lastId;
  socket.send(JSON.stringify({ id, method, params }));
  for (;;) {
    const [text] = (await once(socket, 'message')) as [Buffer];
    const answer = JSON.parse(text.toString()) as {
      id?: number;
      result?: unknown;
      error?: { message: string };
    };
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    if (answer.id === id) return answer.result;
  }
}
