/** `npm run bench -- <name> [options]`: runs one benchmark. */
const BENCHMARKS: Record<string, () => Promise<{ run(args: string[]): Promise<void> }>> = {
  transport: () => import('./transport.js'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = BENCHMARKS[name];
if (load) {
  await (await load()).run(args);
} else {
  console.error(`Which benchmark? One of: ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exitCode = 1;
}
