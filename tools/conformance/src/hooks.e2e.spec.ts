import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Endpoint, eventually, type Received, withJson } from '@parley/testing';
import { arrival, messagesTo, numbered, resume, subscribe } from './checks/conversation.js';
import { errorIn, joinFrame, saying } from './checks/expectations.js';
import { type LiveStack, startLiveStack } from './fixtures/live-stack.js';
import { World } from './world.js';

jest.setTimeout(600_000);

const allow = { action: 'allow' };
const dataOf = ({ body }: Received) => JSON.parse(body).data;
const idOf = ({ headers }: Received) => headers['webhook-id'];

describe('two gateways and two replicas of channels with hooks for private channels and groups', () => {
  let endpoint: Endpoint;
  let live: LiveStack;
  let world: World;

  beforeAll(async () => {
    endpoint = await Endpoint.open(withJson(allow));
    live = await startLiveStack(
      {
        ...{ GATEWAY_WORKERS: '2', CHANNELS_REPLICAS: '2', TAKE_OVER_AFTER_MS: '1000' },
        ...{ REQUEST_DEADLINE_MS: '60000', HOOK_DEADLINE_MS: '30000', HOOK_CHANNELS: 'private,group' },
        HOOK_BEFORE_SEND_URL: endpoint.url.href,
        HOOK_AUTHORISE_URL: endpoint.url.href,
        HOOK_KEYS: `a:whsec_${Buffer.alloc(32, 3).toString('base64')}`,
        HOOK_PRIVATE_ADDRESSES: 'allow',
      },
      'separate',
    );
    // A message waits until other replicas have started.
    world = new World({ urls: live.urls, timeoutMs: 60_000 });
  });
  beforeEach(() => {
    endpoint.answering = withJson(allow);
    endpoint.received.length = 0;
  });
  afterAll(async () => {
    await world?.close();
    await live?.remove();
    endpoint.close();
  });

  /** Keeps what the endpoint is asked from now on, and how each is answered. */
  const hold = () => {
    const held: { asked: Received; answer(value: unknown): void }[] = [];
    endpoint.answering = (asked, response) =>
      held.push({ asked, answer: (value) => withJson(value)(asked, response) });
    return held;
  };
  const frameOf = (message: string, recipientUUID?: string) => ({
    type: 'channelMessage',
    channelMessage: { message, recipientUUID, clientUUID: message },
  });

  it('keep the order of what one connection sends, some of it into channels without a hook', async () => {
    const [ada, bob] = await world.joinMany(2);
    await bob!.peer.ask(joinFrame());
    await subscribe(bob!.peer, ada!.userUUID);
    const texts = numbered(20, 'ordered');
    const held = hold();
    for (const [n, text] of texts.entries()) ada!.peer.send(frameOf(text, n % 2 ? undefined : bob!.userUUID));
    for (let n = 0; n < texts.length; n += 2) {
      await eventually(() => held.length > n / 2, { timeoutMs: 20_000 });
      expect(dataOf(held[n / 2]!.asked).message).toBe(texts[n]);
      held[n / 2]!.answer(allow);
    }
    await ada!.peer.next(({ ack }) => ack?.clientUUID === texts.at(-1), 'the last ack');
    const acks = ada!.peer.frames.flatMap(({ ack }) => (ack === undefined ? [] : [ack.clientUUID]));
    expect(acks).toEqual(texts);
    const halves = [0, 1].map((odd) => texts.filter((_, n) => n % 2 === odd));
    for (const half of halves) {
      await bob!.peer.next(saying(half.at(-1)!), 'the last message of a channel');
      const seen = messagesTo(bob!.peer).map(({ Message: text }) => text);
      expect(seen.filter((text) => half.includes(text))).toEqual(half);
    }
  });

  it('answer others, and messages in other channels, while a hook hangs', async () => {
    const [ada, bob, eve] = await world.joinMany(3);
    const held = hold();
    const waiting = ada!.peer.ask(frameOf('held', bob!.userUUID));
    await eventually(() => held.length === 1, { timeoutMs: 20_000 });
    for (const { peer } of [bob!, eve!])
      for (const text of numbered(20, 'free'))
        expect(await peer.ask(frameOf(text))).toMatchObject({ type: 'ack' });
    expect(await eve!.peer.ask(joinFrame())).toMatchObject({ type: 'channelJoin' });
    held[0]!.answer(allow);
    expect(await waiting).toMatchObject({ type: 'ack', ack: { Seq: 1 } });
  });

  it('refuse with the reason, and rewrite what is sent and edited', async () => {
    const [ada, bob] = await world.joinMany(2);
    const place = await subscribe(bob!.peer, ada!.userUUID);
    endpoint.answering = withJson({ action: 'refuse', reason: 'Be kind.' });
    const refused = await ada!.peer.ask(frameOf('insult', bob!.userUUID));
    expect(errorIn(refused, 'FORBIDDEN')).toMatchObject({ message: 'Be kind.' });
    endpoint.answering = withJson({ action: 'rewrite', message: '***' });
    const { ack } = await ada!.peer.ask(frameOf('worse', bob!.userUUID));
    const { channelMessage } = await arrival(bob!.peer, place.channelUUID, 1);
    expect(channelMessage).toMatchObject({ UUID: ack.UUID, Message: '***' });
    endpoint.answering = withJson({ action: 'rewrite', message: '+++' });
    const messageEdit = { recipientUUID: bob!.userUUID, UUID: ack.UUID, message: 'bad' };
    expect(await ada!.peer.ask({ type: 'messageEdit', messageEdit })).toMatchObject({
      messageEdit: { Message: '+++' },
    });
    expect(await bob!.peer.next('messageEdit')).toMatchObject({ messageEdit: { Message: '+++' } });
  });

  it('ask who joins, and nobody when a client resumes', async () => {
    const [ada, bob] = await world.joinMany(2);
    const place = await subscribe(ada!.peer, bob!.userUUID);
    expect(endpoint.received.map(dataOf)).toMatchObject([{ action: 'join', user: { UUID: ada!.userUUID } }]);
    endpoint.answering = withJson({ action: 'refuse', reason: 'Closed.' });
    const refused = await ada!.peer.ask(joinFrame(bob!.userUUID));
    expect(errorIn(refused, 'FORBIDDEN')).toMatchObject({ message: 'Closed.' });
    endpoint.received.length = 0;
    const again = await world.signInByPair(ada!);
    const { channels } = await resume(again.peer, ada!, [{ ...place, recipientUUID: bob!.userUUID }]);
    expect(channels).toMatchObject([{ recovered: true }]);
    expect(endpoint.received).toEqual([]);
  });

  it('ask again under the same id when the replicas that wait are killed, and store the message once', async () => {
    const [ada, bob] = await world.joinMany(2);
    const place = await subscribe(bob!.peer, ada!.userUUID);
    endpoint.received.length = 0;
    const held = hold();
    const waiting = ada!.peer.ask(frameOf('once', bob!.userUUID));
    await eventually(() => held.length === 1, { timeoutMs: 20_000 });
    for (const name of ['channels-1', 'channels-2']) live.stack.kill(name, 'SIGKILL');
    await eventually(() => held.length === 2, { timeoutMs: 50_000 });
    expect(new Set(held.map(({ asked }) => idOf(asked))).size).toBe(1);
    held[1]!.answer(allow);
    expect(await waiting).toMatchObject({ ack: { Seq: 1 } });
    await arrival(bob!.peer, place.channelUUID, 1);
    endpoint.answering = withJson(allow);
    expect(await ada!.peer.ask(frameOf('next', bob!.userUUID))).toMatchObject({ ack: { Seq: 2 } });
  });
});
