import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Message } from '@parley/protocol';
import { Endpoint, eventually, type Received, runAdmin, withJson } from '@parley/testing';
import { numbered } from './checks/conversation.js';
import { type LiveStack, startLiveStack } from './fixtures/live-stack.js';
import { World } from './world.js';

jest.setTimeout(600_000);

const ok = withJson({});

/** A message that an endpoint has taken. */
interface Taken {
  readonly id: string;
  readonly message: Message;
}

/** An endpoint that keeps the messages that it takes. */
class Receiver {
  readonly taken: Taken[] = [];
  private constructor(readonly endpoint: Endpoint) {
    this.open();
  }

  static async open(): Promise<Receiver> {
    return new Receiver(await Endpoint.open(ok));
  }

  open(): void {
    this.endpoint.answering = (received, response) => {
      this.taken.push(takenFrom(received));
      ok(received, response);
    };
  }

  fail(): void {
    this.endpoint.answering = withJson({}, 503);
  }

  said(channelUUID: string): string[] {
    return this.taken
      .filter(({ message }) => message.ChannelUUID === channelUUID)
      .map(({ message }) => message.Message);
  }
}

const takenFrom = ({ headers, body }: Received): Taken => ({
  id: headers['webhook-id']!,
  message: JSON.parse(body).data.frame.channelMessage,
});

describe('two replicas of channels with two webhooks', () => {
  let [well, ill]: Receiver[] = [];
  let live: LiveStack;
  let world: World;

  beforeAll(async () => {
    [well, ill] = [await Receiver.open(), await Receiver.open()];
    const of = (name: string, { endpoint }: Receiver) => ({
      name,
      url: endpoint.url.href,
      events: ['message'],
    });
    live = await startLiveStack(
      {
        ...{ GATEWAY_WORKERS: '2', CHANNELS_REPLICAS: '2', TAKE_OVER_AFTER_MS: '1000' },
        WEBHOOKS: JSON.stringify([of('well', well!), of('ill', ill!)]),
        HOOK_KEYS: `a:whsec_${Buffer.alloc(32, 3).toString('base64')}`,
        HOOK_PRIVATE_ADDRESSES: 'allow',
      },
      'separate',
    );
    world = new World({ urls: live.urls, timeoutMs: 60_000 });
  });
  afterAll(async () => {
    await world?.close();
    await live?.remove();
    for (const receiver of [well, ill]) receiver?.endpoint.close();
  });

  it('send every message to each, in order, though one was down and the replicas were killed', async () => {
    ill!.fail();
    const [ada, bob] = await world.joinMany(2);
    const texts = numbered(40);
    let channelUUID = '';
    for (const [n, message] of texts.entries()) {
      if (n === 20) for (const name of ['channels-1', 'channels-2']) live.stack.kill(name, 'SIGKILL');
      const channelMessage = { recipientUUID: bob!.userUUID, message, clientUUID: message };
      const { ack } = await world.until(
        ada!.peer,
        { type: 'channelMessage', channelMessage },
        ({ type }) => type === 'ack',
      );
      channelUUID = ack.ChannelUUID;
    }
    await eventually(() => new Set(well!.said(channelUUID)).size === texts.length, { timeoutMs: 60_000 });
    // One that a replica sent when it was killed may come again, under its id.
    expect([...new Set(well!.said(channelUUID))]).toEqual(texts);
    expect(ill!.taken).toEqual([]);
    ill!.open();
    await eventually(() => ill!.said(channelUUID).length >= texts.length, { timeoutMs: 90_000 });
    expect(ill!.said(channelUUID)).toEqual(texts);
    expect(new Set(ill!.taken.map(({ id }) => id)).size).toBe(ill!.taken.length);
    const idOf = ({ taken }: Receiver, text: string) =>
      taken.find(({ message }) => message.Message === text)?.id;
    expect(idOf(ill!, texts[7]!)).toBe(idOf(well!, texts[7]!));
  });

  it('begin again where an operator says', async () => {
    const [ada, bob] = await world.joinMany(2);
    const texts = numbered(3, 'again');
    let channelUUID = '';
    for (const message of texts) {
      const channelMessage = { recipientUUID: bob!.userUUID, message, clientUUID: message };
      const { ack } = await ada!.peer.ask({ type: 'channelMessage', channelMessage });
      channelUUID = ack.ChannelUUID;
    }
    await eventually(() => well!.said(channelUUID).length === 3, { timeoutMs: 20_000 });
    const { dataFolder } = live;
    expect(await runAdmin(dataFolder, 'webhook-replay', 'well', channelUUID, '--after', '1')).toMatchObject({
      code: 0,
    });
    await eventually(() => well!.said(channelUUID).length === 5, { timeoutMs: 20_000 });
    expect(well!.said(channelUUID)).toEqual([...texts, ...texts.slice(1)]);
    expect(await runAdmin(dataFolder, 'webhook-replay', 'no', channelUUID, '--after', '1')).toMatchObject({
      code: 1,
    });
    expect((await runAdmin(dataFolder, 'webhooks')).out).toMatch(
      /^well: \d+ channels wait\nill: \d+ channels wait\n$/,
    );
  });
});
