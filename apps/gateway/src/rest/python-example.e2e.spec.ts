import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { runAdmin } from '@parley/testing';
import { TwoGateways } from '../lifecycle/fixtures/two-gateways.js';

jest.setTimeout(120_000);

const SCRIPT = fileURLToPath(new URL('../../../../docs/examples/messenger.py', import.meta.url));

/** Python 3, where this machine has it. */
const PYTHON = process.env['PYTHON'] ?? 'python3';
const hasPython = (() => {
  try {
    execFileSync(PYTHON, ['-c', 'import sys; assert sys.version_info >= (3, 8)'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Without Python the test is shown as skipped. */
const withPython = hasPython ? describe : describe.skip;

withPython(`the example in Python (runs where there is ${PYTHON})`, () => {
  let gateways: TwoGateways;

  beforeAll(async () => {
    gateways = await TwoGateways.start();
  });
  afterAll(() => gateways?.stop());

  const runWith = async (own: Record<string, string>) => {
    const env = { ...process.env, PYTHONIOENCODING: 'utf-8', no_proxy: '*', ...own };
    return promisify(execFile)(PYTHON, [SCRIPT, gateways.stack.gateways[0]!.httpUrl], { env });
  };

  it('makes users, sends and lists messages, and lists contacts and users', async () => {
    check(await runWith({}));
  });

  it('does the same with the key of an operator, and no passwords', async () => {
    const scopes = ['--scopes', 'act,users:write'];
    const { out } = await runAdmin(gateways.folder, 'keys-create', '--name', 'messenger', ...scopes);
    const [key = ''] = out.split('\n');
    check(await runWith({ PARLEY_OPERATOR_KEY: key }));
    const credentials = await gateways.redis.keys('*:auth:external:*');
    expect(credentials).toHaveLength(2);
  });

  /** Compares what the script shows with what it did. */
  const check = ({ stdout }: { readonly stdout: string }) => {
    expect(stdout).toMatch(/^The username 'alice-\w{6}' is taken\.$/m);
    const shown = sectionsOf(stdout);
    const users = shown['Users']!.slice(-2) as { user_id: string; username: string }[];
    const [alice, bob] = users;
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const made = { user_id: expect.any(String), online: false, created_at: time };
    expect(users).toEqual([
      { ...made, username: expect.stringMatching(/^alice-/) },
      { ...made, username: expect.stringMatching(/^bob-/) },
    ]);
    const sent = (sender = alice!, receiver = bob!) => ({
      ...{ message_id: expect.any(String), sender_id: sender.user_id, receiver_id: receiver.user_id },
      timestamp: time,
    });
    const toBob = ['Hello Bob!', 'How are you? 🙂'].map((message) => ({ ...sent(), message }));
    expect(shown['Messages of Bob']).toEqual(toBob.map((message) => ({ ...message, seen: false })));
    expect(shown['Messages of Bob, seen']).toEqual(toBob.map((message) => ({ ...message, seen: true })));
    expect(shown['Messages of Alice']).toEqual([
      { ...sent(bob, alice), message: 'Hi Alice, I am fine.', seen: false },
    ]);
    const { user_id, username, online } = users[1] as unknown as Record<string, unknown>;
    expect(shown['Contacts of Alice']).toEqual([{ user_id, username, online }]);
  };
});

/** What the script shows, by its titles. */
function sectionsOf(text: string): Record<string, unknown[]> {
  const sections: Record<string, unknown[]> = {};
  let items: unknown[] = [];
  for (const line of text.split('\n')) {
    if (/^ {2}/.test(line)) items.push(JSON.parse(line));
    else if (line.endsWith(':')) {
      items = [];
      sections[line.slice(0, -1)] = items;
    }
  }
  return sections;
}
