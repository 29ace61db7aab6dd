import { spawn } from 'node:child_process';

/** A call that needs no waiting is over within this time, in ms. */
const CALL_MS = 60_000;

/** kubectl failed, took too long, or is not there. */
export class KubectlError extends Error {}

/** Runs kubectl against one context and one namespace. */
export class Kubectl {
  /**
   * @param {{ context?: string, namespace: string, signal?: AbortSignal }} options `signal` ends the call in progress, and
   *   every later one at once
   */
  constructor(options) {
    this.options = options;
  }

  /** The same context and namespace, without the signal: for what must be done in any case. */
  get unstoppable() {
    return new Kubectl({ ...this.options, signal: undefined });
  }

  /** @throws what the signal was aborted with */
  throwIfEnded() {
    this.options.signal?.throwIfAborted();
  }

  /**
   * @param {string[]} args
   * @param {{ input?: string, timeoutMs?: number }} options `input` goes to its standard input
   * @returns {Promise<string>} what it wrote to its standard output
   * @throws KubectlError with what it wrote to standard error, or else to standard output
   */
  async run(args, { input, timeoutMs = CALL_MS } = {}) {
    const { context, namespace, signal } = this.options;
    const place = context === undefined ? [] : ['--context', context];
    const what = `kubectl ${args.slice(0, 3).join(' ')}`;
    this.throwIfEnded();
    const { code, stdout, stderr } = await finished([...place, '--namespace', namespace, ...args], {
      input,
      signals: [...(signal ? [signal] : []), AbortSignal.timeout(timeoutMs)],
    });
    this.throwIfEnded();
    if (code === 0) return stdout;
    const reason = code === null ? `took longer than ${timeoutMs / 1_000} s` : `ended with ${code}`;
    throw new KubectlError([`${what} ${reason}`, stderr.trim() || stdout.trim()].filter(Boolean).join(': '));
  }

  /** As `run`, with the answer parsed; undefined when it is empty. */
  async json(args, options) {
    const text = await this.run([...args, '-o', 'json'], options);
    return text.trim() === '' ? undefined : JSON.parse(text);
  }
}

/** Its own process group: Ctrl-C in a terminal then reaches this process alone, and the clean-up goes on. */
function finished(args, { input, signals }) {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { detached: true, env: process.env, stdio: 'pipe' });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => {
        said[stream] += text;
      });
    }
    const end = () => child.kill('SIGKILL');
    const signal = AbortSignal.any(signals);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    child.on('error', (error) => reject(new KubectlError(`kubectl cannot be run: ${error.message}`)));
    child.on('close', (code) => {
      signal.removeEventListener('abort', end);
      resolve({ code, ...said });
    });
    // A kubectl that ends without reading closes the pipe; its exit code says why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
