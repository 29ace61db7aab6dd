import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, freePort, type Stack, startStack } from '@parley/local-stack';
import { bundledEntry, eventually, runAdmin } from '@parley/testing';
import { ExampleProcess } from './fixtures/example-process.js';
import { ParleyClient } from './index.js';

jest.setTimeout(240_000);

const keys = `k1:whsec_${randomBytes(32).toString('base64')}`;

describe("the README's example beside a running chat", () => {
  let folder: string;
  let stack: Stack;
  let example: ExampleProcess;
  let app: string;
  let ada: ParleyClient;
  let grace: ParleyClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-nest-'));
    const port = await freePort();
    app = `http://127.0.0.1:${port}`;
    stack = await startStack({
      settings: {
        ...{ ...CHEAP_HASHING, PORT: '0', DATA_DIR: folder, CHANNELS_REPLICAS: '2' },
        ...{ HOOK_BEFORE_SEND_URL: `${app}/parley/hooks`, HOOK_AUTHORISE_URL: `${app}/parley/hooks` },
        ...{ HOOK_KEYS: keys, HOOK_PRIVATE_ADDRESSES: 'allow', HOOK_DEADLINE_MS: '10000' },
        REQUEST_DEADLINE_MS: '20000',
        WEBHOOKS: JSON.stringify([{ name: 'archive', url: `${app}/parley/webhooks`, events: ['message'] }]),
      },
      gatewayPorts: 'separate',
      entry: await bundledEntry(),
    });
    const url = stack.gateways[0]!.httpUrl;
    const [ofAda, ofGrace] = [await accessKey(url, 'ada'), await accessKey(url, 'grace')];
    ada = new ParleyClient({ url, credential: ofAda });
    grace = new ParleyClient({ url: stack.gateways[1]!.httpUrl, credential: () => ofGrace });
    const environment = { PORT: String(port), PARLEY_URL: url, PARLEY_KEY: ofAda, HOOK_KEYS: keys };
    example = new ExampleProcess(environment);
    await example.printed('ready');
  });

  afterAll(async () => {
    await example?.stop();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function accessKey(url: string, username: string): Promise<string> {
    const anybody = new ParleyClient({ url });
    await anybody.createUser({ username, password: 'x' });
    return (await anybody.createSession({ username, password: 'x' })).accessKey;
  }
  const texts = async () =>
    (await grace.listMessages({ channelUUID: 'general', limit: 100 })).messages.map(({ Message }) => Message);

  it('is what the README shows', () => {
    const [shown, source] = ['../README.md', './fixtures/example.ts'].map((file) =>
      readFileSync(new URL(file, import.meta.url), 'utf8'),
    );
    const own = source!.replace("'../index.js'", "'@parley/nest'");
    expect(shown).toContain(`\`\`\`ts\n${own}\`\`\`\n`);
  });

  it('puts another text in the place of one, refuses another, and is told once of each that is stored', async () => {
    await grace.postMessage({ channelUUID: 'general', message: 'darn good' });
    await expect(grace.postMessage({ channelUUID: 'general', message: 'a casino' })).rejects.toMatchObject({
      ...{ name: 'FORBIDDEN', message: 'No advertising, please.', status: 403 },
    });
    await grace.postMessage({ channelUUID: 'general', message: 'the last one' });
    expect(await texts()).toEqual(['**** good', 'the last one']);
    await example.printed('grace: the last one');
    expect(example.lines.filter((line) => line.startsWith('grace: '))).toEqual([
      'grace: **** good',
      'grace: the last one',
    ]);
  });

  it('decides who may make which group', async () => {
    await expect(ada.createChannel({ name: 'staff-1', private: false })).rejects.toMatchObject({
      ...{ name: 'FORBIDDEN', message: 'That name is for the staff.' },
    });
    expect(await ada.createChannel({ name: 'friends', private: false })).toMatchObject({ name: 'friends' });
  });

  it('posts as the user whose key it has', async () => {
    const answer = await fetch(`${app}/orders`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"pieces":3}' },
    });
    expect(await answer.json()).toEqual({ seq: expect.any(Number) });
    await eventually(async () => {
      const { messages } = await grace.listMessages({ channelUUID: 'general', limit: 1 });
      expect(messages).toMatchObject([
        { Message: 'Somebody has ordered 3 pieces.', Sender: { Username: 'ada' } },
      ]);
    });
  });

  it('asks for users by the key of an operator, and for nobody by another', async () => {
    const { out } = await runAdmin(folder, 'keys-create', '--name', 'backend', '--scopes', 'act');
    const [credential] = /pk_[A-Za-z0-9]+_[A-Za-z0-9]+/.exec(out)!;
    const backend = new ParleyClient({ url: stack.gateways[1]!.httpUrl, credential });
    const { UUID } = await grace.getUser({ userUUID: 'me' });
    expect(await backend.asUser(UUID).getUser({ userUUID: 'me' })).toMatchObject({ Username: 'grace' });
    const { Seq } = await backend.asUser(UUID).postMessage({ channelUUID: 'general', message: 'darn' });
    const { messages } = await ada.listMessages({ channelUUID: 'general', after: Seq - 1 });
    expect(messages).toMatchObject([{ Seq, Message: '****', Sender: { UUID, Username: 'grace' } }]);
    await expect(ada.asUser(UUID).getUser({ userUUID: 'me' })).rejects.toMatchObject({ name: 'FORBIDDEN' });
    const nobody = backend.asUser('00000000-0000-4000-8000-000000000000');
    await expect(nobody.listContacts()).rejects.toMatchObject({ name: 'USER_NOT_FOUND', status: 404 });
  });

  it('lets in nobody who has no key', async () => {
    for (const path of ['hooks', 'webhooks']) {
      const answer = await fetch(`${app}/parley/${path}`, {
        ...{
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"type":"x","data":{}}',
        },
      });
      expect(answer.status).toBe(401);
    }
  });
});
