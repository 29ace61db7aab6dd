import type { Stack } from './stack.js';
import { StartError } from './start-error.js';
import { startStack } from './start-stack.js';

/**
 * `npm start`, once everything is built: runs the stack until SIGTERM or SIGINT. npm forwards signals to this process
 * alone. A Ctrl-C reaches it too, perhaps twice: from the terminal and through npm.
 */
async function main(): Promise<void> {
  const interrupted = new AbortController();
  let stack: Stack | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    if (interrupted.signal.aborted) return;
    console.log(`${name}: stopping`);
    interrupted.abort();
    // Until the stack is up, `startStack` ends what it has started and rejects.
    void stack?.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal); // the terminal was closed

  try {
    const report = (line: string) => console.log(line);
    stack = await startStack({ settings: process.env, report, signal: interrupted.signal });
    console.log(`ready: ${stack.httpUrl.replace('//127.0.0.1:', '//localhost:')}`);
  } catch (error) {
    if (interrupted.signal.aborted) process.exit(0);
    // A fault of the user or the machine takes one line. A fault of ours shows its stack.
    console.error(error instanceof StartError ? error.message : error);
    process.exit(1);
  }
}

await main();
