import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { bundledEntry, Examples, type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';

jest.setTimeout(240_000);

const [ADA, GRACE, EVE] = ['1', '2', '3'].map((n) => `123e4567-e89b-12d3-a456-42661417400${n}`) as [
  string,
  string,
  string,
];

interface Message {
  readonly Sender: { readonly Username: string };
  readonly Message: string;
}

/** What the demo leaves in its Redis, as its document says. */
async function fillDemo(url: string): Promise<void> {
  const redis = new Redis(url);
  const push = (list: string, ...items: object[]) =>
    redis.rpush(list, ...items.map((item) => `${JSON.stringify(item)}\n`));
  let count = 0;
  const message = (SenderUUID: string, RecipientUUID: string, Message: string) => {
    count += 1;
    const CreatedAt = `2021-04-06T12:53:1${count}.436Z`;
    return {
      UUID: `223e4567-e89b-12d3-a456-42661417400${count}`,
      SenderUUID,
      RecipientUUID,
      Message,
      CreatedAt,
    };
  };
  await push(
    'users',
    { UUID: ADA, Username: 'Ada', Password: 'engine', OnLine: false },
    { UUID: GRACE, Username: 'Grace', Password: 'compiler', OnLine: false },
    { UUID: EVE, Username: 'e'.repeat(65), Password: 'apple', OnLine: false },
  );
  await push(
    'channelMessages.public',
    message(ADA, '', 'one'),
    message(EVE, '', 'lost'),
    message(GRACE, '', 'two'),
  );
  const between = 'channelMessages.323e4567-e89b-12d3-a456-426614174000';
  await push(between, message(ADA, GRACE, 'in private'), message(GRACE, ADA, 'as well'));
  redis.disconnect();
}

describe('the guide from the demo in Go', () => {
  let folder: string;
  let stack: Stack;
  let examples: Examples;
  let demo: OwnRedis;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-guide-'));
    await writeFile(join(folder, 'index.html'), "the demo's client");
    const settings = { ...CHEAP_HASHING, PORT: '0', DATA_DIR: join(folder, 'data'), CLIENT_LOCATION: folder };
    [stack, demo] = await Promise.all([startStack({ settings, entry: await bundledEntry() }), startRedis()]);
    const guide = new URL('../../../../docs/guides/from-the-go-demo.md', import.meta.url);
    examples = await Examples.of(guide, {
      'ws://localhost:3000/ws': stack.url,
      'http://localhost:3000': stack.gateways[0]!.httpUrl,
    });
  });
  afterAll(async () => {
    await examples?.remove();
    await stack?.stop();
    await demo?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const api = async <T>(path: string, key?: string, body?: object): Promise<T> => {
    const headers = {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const asked = { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) };
    return (await fetch(`${stack.gateways[0]!.httpUrl}/api/v1${path}`, asked)).json() as Promise<T>;
  };

  it('has no other programs than those that are run here', () => {
    expect(examples.files).toEqual(['demo-client.ts', 'move.ts']);
  });

  it('has the accounts and messages of the demo moved, once', async () => {
    await fillDemo(demo.url);
    for (const time of ['first', 'second']) {
      const { lines, ended } = examples.run('move.ts', { DEMO_REDIS_URL: demo.url });
      expect({ time, code: await ended, lines }).toEqual({
        ...{ time, code: 0 },
        lines: [
          expect.stringMatching(/^skipped e+: INVALID_FIELD$/),
          expect.stringMatching(/^skipped message 223e4567-\S+2: nobody to move it to$/),
          'moved 2 users and 4 messages',
        ],
      });
    }
    const signIn = (username: string, password: string) =>
      api<{ accessKey: string; userUUID: string }>('/sessions', undefined, { username, password });
    const ada = await signIn('Ada', 'engine');
    const grace = await signIn('Grace', 'compiler');
    const said = async (path: string) => {
      const { messages } = await api<{ messages: Message[] }>(path, ada.accessKey);
      return messages.map(({ Sender, Message }) => [Sender.Username, Message]);
    };
    expect(await said('/channels/general/messages')).toEqual([
      ['Ada', 'one'],
      ['Grace', 'two'],
    ]);
    expect(await said(`/users/${grace.userUUID}/messages`)).toEqual([
      ['Ada', 'in private'],
      ['Grace', 'as well'],
    ]);
  });

  it("serves the demo's client, and answers what it sends", async () => {
    expect(await (await fetch(`${stack.gateways[0]!.httpUrl}/`)).text()).toBe("the demo's client");
    const { lines, ended } = examples.run('demo-client.ts');
    expect(await ended).toBe(0);
    expect(lines).toEqual(['users 3', 'lin Hello']);
  });
});
