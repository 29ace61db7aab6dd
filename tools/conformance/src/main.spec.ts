import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ChatDouble } from './fixtures/chat-double.js';
import { FAULTY_DOUBLES } from './fixtures/faulty-doubles.js';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Runs the built program to its end. */
const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [program, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode!, stdout, stderr }),
    );
  });

describe('npm run conformance', () => {
  let server: ChatDouble | undefined;

  const start = async (double: ChatDouble) => {
    server = double;
    return (await server.start())[0]!;
  };

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it('prints each check and the totals, and ends with 0 when all have passed', async () => {
    const url = await start(new ChatDouble());
    const { code, stdout } = await run('--url', url, '--only', '^1\\.2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1\.2 Envelope$/m);
    expect(stdout.match(/✓ 1\.2\.\d /g)).toHaveLength(7);
    expect(stdout).toMatch(/^7 passed, 0 failed, 0 not applicable in /m);
  });

  it('says why a check has failed, and ends with 1', async () => {
    const { double } = FAULTY_DOUBLES.find(({ fault }) => fault === 'turns ids into text')!;
    const url = await start(new double());
    const { code, stdout } = await run('--url', url, '--only', '^1\\.3\\.1 ', '--timeout', '400');
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ 1\.3\.1 .*\n {6}the answer to ping did not come/);
  });

  it('prints one JSON object with --json', async () => {
    const url = await start(new ChatDouble());
    const { stdout } = await run('--url', url, '--only', '^1\\.2\\.1 ', '--json');
    const check = { number: '1.2.1', section: 'Envelope', outcome: 'passed' };
    expect(JSON.parse(stdout)).toMatchObject({ urls: [url], passed: 1, failed: 0, checks: [check] });
  });

  it.each([
    [[], '--url is missing'],
    [['--url', 'http://localhost'], 'expected ws://'],
    [['--url', 'ws://127.0.0.1:1/ws'], 'ECONNREFUSED'],
    [['--url', 'ws://localhost:1/ws'], 'ECONNREFUSED'],
    [['--url', 'ws://127.0.0.1:1/ws', '--only', '('], 'Invalid regular expression'],
    [['--url', 'ws://127.0.0.1:1/ws', '--parallel', 'x'], 'expected a number'],
  ])('ends with 2 and one line for %j', async (args, line) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trim()).toContain(line);
    expect(stderr.trim()).not.toContain('\n');
  });
});
