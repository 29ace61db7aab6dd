import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Answering, Endpoint, eventually, type Received, runAdmin, withJson } from '@parley/testing';
import { numbered } from './checks/conversation.js';
import { type LiveStack, startLiveStack } from './fixtures/live-stack.js';
import { type Member, World } from './world.js';

jest.setTimeout(600_000);

const ok = withJson({});
/** As an endpoint that is down: the connection breaks without an answer. */
const down: Answering = (_, response) => void response.destroy();

interface Event {
  readonly id: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON that a test looks into.
  readonly data: any;
}

const eventIn = ({ headers, body }: Received): Event => ({ id: headers['webhook-id']!, ...JSON.parse(body) });

/** An endpoint that keeps the events that it takes. */
class Receiver {
  readonly taken: Event[] = [];

  private constructor(readonly endpoint: Endpoint) {}

  static async open(answering?: Answering): Promise<Receiver> {
    const receiver = new Receiver(await Endpoint.open(ok));
    if (answering === undefined) receiver.take();
    else receiver.endpoint.answering = answering;
    return receiver;
  }

  /** Takes every event from now on. */
  take(): void {
    this.endpoint.answering = (received, response) => {
      this.taken.push(eventIn(received));
      ok(received, response);
    };
  }

  /** The events of a channel, in the order in which they were taken. */
  in(channelUUID: string): Event[] {
    return this.taken.filter(({ data }) => data.channel?.channelUUID === channelUUID);
  }

  of({ userUUID }: Pick<Member, 'userUUID'>): Event[] {
    return this.taken.filter(({ data }) => data.user?.UUID === userUUID);
  }
}

const seqsOf = (events: readonly Event[]) => events.map(({ data }) => data.seq);
const idsOf = (events: readonly Event[]) => new Set(events.map(({ id }) => id));
const typesOf = (events: readonly Event[]) => events.map(({ type }) => type);

describe('two replicas of users and of channels with webhooks', () => {
  let [away, slow, well]: Receiver[] = [];
  /** Lets go of what `slow` has not answered. */
  const held: (() => void)[] = [];
  let live: LiveStack;
  let world: World;

  beforeAll(async () => {
    away = await Receiver.open(down);
    slow = await Receiver.open((received, response) => held.push(() => ok(received, response)));
    well = await Receiver.open();
    const of = (name: string, { endpoint }: Receiver, ...events: string[]) => ({
      ...{ name, url: endpoint.url.href, events },
    });
    live = await startLiveStack(
      {
        ...{ GATEWAY_WORKERS: '2', USERS_REPLICAS: '2', CHANNELS_REPLICAS: '2' },
        ...{ TAKE_OVER_AFTER_MS: '1000', PRESENCE_GRACE_SECONDS: '1' },
        WEBHOOKS: JSON.stringify([
          of('away', away, 'message', 'membership'),
          of('slow', slow, 'message'),
          of('well', well, 'message', 'user', 'account', 'session'),
        ]),
        HOOK_KEYS: `a:whsec_${Buffer.alloc(32, 3).toString('base64')}`,
        HOOK_PRIVATE_ADDRESSES: 'allow',
        // An hour of pauses of up to a minute becomes about a minute of up to 1.2 s.
        WEBHOOK_RETRY_MS: '20',
      },
      'separate',
    );
    world = new World({ urls: live.urls, timeoutMs: 60_000 });
  });
  afterAll(async () => {
    await world?.close();
    for (const letGo of held) letGo();
    await live?.remove();
    for (const receiver of [away, slow, well]) receiver?.endpoint.close();
  });

  const post = async ({ peer }: Member, target: object, message: string) => {
    const channelMessage = { ...target, message, clientUUID: message };
    const { ack } = await world.until(
      peer,
      { type: 'channelMessage', channelMessage },
      ({ type }) => type === 'ack',
    );
    return ack as { ChannelUUID: string; UUID: string };
  };
  const deliveriesOf = async (name: string, ...line: string[]) =>
    (await runAdmin(live.dataFolder, 'webhook-deliveries', name, ...line)).out;

  it('send everything to an endpoint that was down for as many attempts as an hour has, in order in each channel, and nothing twice', async () => {
    const [ada, bob, eve] = (await world.joinMany(3)) as [Member, Member, Member];
    const made = await ada.peer.ask({
      type: 'channelCreate',
      channelCreate: { name: 'Chess', private: true },
    });
    const group = { channelUUID: made.channelCreate.channel.channelUUID as string };
    const invite = { ...group, userUUIDs: [bob.userUUID, eve.userUUID] };
    await ada.peer.ask({ type: 'channelInvite', channelInvite: invite });
    const channels = new Map<string, number>();
    const count = (channelUUID: string) => channels.set(channelUUID, (channels.get(channelUUID) ?? 0) + 1);
    for (const text of numbered(15, 'away')) {
      for (const [who, target] of [
        [ada, { recipientUUID: bob.userUUID }],
        [bob, { recipientUUID: eve.userUUID }],
        [eve, group],
      ] as const) {
        const { ChannelUUID, UUID } = await post(who, target, `${text} of ${who.username}`);
        count(ChannelUUID);
        if (!text.endsWith('5')) continue;
        const target2 = { channelUUID: ChannelUUID, UUID };
        await who.peer.ask({ type: 'messageEdit', messageEdit: { ...target2, message: 'edited' } });
        count(ChannelUUID);
      }
    }
    // Each doubles the pause until it is 60 times the first: an hour of the default has 65 attempts or so.
    await eventually(() => away!.endpoint.received.length > 65, { timeoutMs: 240_000 });
    expect(away!.taken).toEqual([]);
    expect((await runAdmin(live.dataFolder, 'webhooks')).out).toMatch(
      /^away: [1-9]\d* channels.* wait; fails since /m,
    );
    expect(await deliveriesOf('away', '--outcome', 'waiting')).toMatch(
      /message\.created .* waiting unreachable$/m,
    );
    away!.take();
    await eventually(() => [...channels].every(([id, least]) => away!.in(id).length >= least), {
      timeoutMs: 120_000,
    });
    for (const id of channels.keys()) {
      const seqs = seqsOf(away!.in(id));
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, n) => n + 1));
    }
    expect(idsOf(away!.taken).size).toBe(away!.taken.length);
  });

  it('send the others everything while one endpoint does not answer', async () => {
    const [ada, bob] = (await world.joinMany(2)) as [Member, Member];
    const texts = numbered(10, 'slow');
    const before = held.length;
    const ids = new Set<string>();
    for (const text of texts) {
      ids.add((await post(ada, { recipientUUID: bob.userUUID }, text)).ChannelUUID);
      ids.add((await post(bob, { recipientUUID: bob.userUUID }, `${text} to myself`)).ChannelUUID);
    }
    await eventually(() => [...ids].every((id) => well!.in(id).length === texts.length), {
      timeoutMs: 30_000,
    });
    for (const id of ids) expect(seqsOf(well!.in(id))).toEqual(texts.map((_, n) => n + 1));
    expect(slow!.taken).toEqual([]);
    expect(held.length).toBeGreaterThanOrEqual(before);
  });

  it('tell of users: of each change once and in order, though replicas of both services are killed', async () => {
    const people = (await world.joinMany(6)) as Member[];
    for (const name of ['users-1', 'channels-1']) live.stack.kill(name, 'SIGKILL');
    for (const { peer } of people) peer.close();
    const more = (await world.joinMany(4)) as Member[];
    for (const name of ['users-2', 'channels-2']) live.stack.kill(name, 'SIGKILL');
    for (const { peer } of more) peer.close();
    const all = [...people, ...more];
    const isOver = (member: Member) => typesOf(well!.of(member)).at(-1) === 'user.offline';
    await eventually(() => all.every(isOver), { timeoutMs: 60_000 });
    for (const member of all) {
      const events = new Map(well!.of(member).map((event) => [event.id, event.type]));
      expect([...events.values()]).toEqual(['account.created', 'user.online', 'user.offline']);
      expect(well!.of(member)[0]!.data.user.Username).toBe(member.username);
    }
  });

  it('tell of bans and of sessions that end', async () => {
    const ada = await world.join();
    const admin = (...line: string[]) => runAdmin(live.dataFolder, ...line);
    await admin('ban', ada.username);
    await eventually(() => typesOf(well!.of(ada)).includes('account.banned'), { timeoutMs: 30_000 });
    await admin('unban', ada.username);
    await eventually(() => typesOf(well!.of(ada)).includes('account.unbanned'), { timeoutMs: 30_000 });
    await eventually(() => typesOf(well!.of(ada)).includes('session.ended'), { timeoutMs: 30_000 });
    const types = typesOf(well!.of(ada));
    expect(types.indexOf('account.banned')).toBeLessThan(types.indexOf('account.unbanned'));
    expect(types.filter((type) => type === 'session.ended')).toHaveLength(1);
    expect(well!.of(ada).find(({ type }) => type === 'session.ended')!.data.sessionUUID).toMatch(
      /^[\da-f-]{36}$/,
    );
  });
});
