import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { LIMITS, type User } from '@parley/protocol';
import { section } from '../../check.js';
import { TEXT } from '../../matching.js';
import type { Frame, Peer } from '../../peer.js';
import type { Member, World } from '../../world.js';
import { nextItem, openInbox, saidIn } from '../channels/inbox.js';
import { messagesTo, numbered, post, requestById, twoUsers } from '../conversation.js';
import { errorIn, errorNamed, joinFrame, saying, sendFrame } from '../expectations.js';

const CHANGES = ['contactAdd', 'contactRemove', 'block', 'unblock'] as const;
type Change = (typeof CHANGES)[number];

const request = (type: Change, userUUID: unknown): Frame => ({ type, [type]: { userUUID } });
const listRequest = (contacts: object = {}): Frame => ({ type: 'contacts', contacts });

/** Changes a list, and returns both lists after it. */
async function change(peer: Peer, type: Change, { userUUID }: Pick<Member, 'userUUID'>): Promise<Frame> {
  const answer = await peer.ask(request(type, userUUID));
  assert.equal(answer.type, 'contacts', JSON.stringify(answer));
  return answer.contacts;
}

/** The usernames on both lists, in their order. */
async function listed(peer: Peer, payload: object = {}): Promise<{ contacts: string[]; blocked: string[] }> {
  const { contacts } = await peer.ask(listRequest(payload));
  const names = (list: User[]) => list.map(({ Username }) => Username);
  return { contacts: names(contacts.contacts), blocked: names(contacts.blocked) };
}

const names = (...members: readonly Member[]): string[] => members.map(({ username }) => username);

/** What is stored in a private channel, the oldest first. */
async function storedBetween(peer: Peer, { userUUID }: Member): Promise<string[]> {
  const { channelJoin } = await peer.ask(joinFrame(userUUID, { limit: 100, order: 'asc' }));
  return channelJoin.messages.map(({ Message }: Frame) => Message);
}

/** A user, and another one whom the user has blocked, on another replica if there is one. */
async function blockedPair(world: World): Promise<[Member, Member]> {
  const [one, other] = await twoUsers(world);
  await change(one.peer, 'block', other);
  return [one, other];
}

const lists: Parameters<typeof section>[2] = {
  'are empty lists at first': async (world) => {
    const { peer } = await world.join();
    assert.deepEqual((await peer.ask(listRequest())).contacts, { contacts: [], blocked: [] });
  },
  'are users with id, name and presence, those added last first, at every replica': async (world) => {
    const [own, one] = await twoUsers(world);
    const two = await world.join();
    const shown = ({ userUUID, username }: Member) => ({
      ...{ UUID: userUUID, Username: username, OnLine: true },
    });
    await change(own.peer, 'contactAdd', one);
    await change(own.peer, 'contactAdd', two);
    const answer = await change(own.peer, 'block', two);
    assert.deepEqual(answer, { contacts: [shown(two), shown(one)], blocked: [shown(two)] });
    const elsewhere = await world.signInAgain(own, { url: world.otherUrl });
    assert.deepEqual((await elsewhere.peer.ask(listRequest())).contacts, answer);
  },
  'stay as they are when somebody is added or removed again': async (world) => {
    const own = await world.join();
    const [one, two] = await twoUsers(world);
    for (const other of [one, two, one]) await change(own.peer, 'contactAdd', other);
    for (const other of [one, two, one]) await change(own.peer, 'block', other);
    assert.deepEqual(await listed(own.peer), { contacts: names(two, one), blocked: names(two, one) });
    for (const type of ['contactRemove', 'unblock', 'contactRemove', 'unblock'] as const)
      await change(own.peer, type, two);
    assert.deepEqual(await listed(own.peer), { contacts: names(one), blocked: names(one) });
  },
  "are the user's own": async (world) => {
    const [one, other] = await twoUsers(world);
    const nothing = await listed(other.peer);
    await change(one.peer, 'contactAdd', other);
    await change(one.peer, 'block', other);
    assert.deepEqual(await listed(other.peer), nothing);
    assert.deepEqual(nothing, { contacts: [], blocked: [] });
  },
  'show who goes offline': async (world) => {
    const [own, other] = await twoUsers(world);
    const isOnline = async () => (await own.peer.ask(listRequest())).contacts.contacts[0].OnLine;
    await change(own.peer, 'contactAdd', other);
    assert.equal(await isOnline(), true);
    await other.peer.ask({ type: 'signOut' });
    await world.until(own.peer, listRequest(), ({ contacts }) => contacts.contacts[0].OnLine === false);
  },
  'come in pages by cursor, without a hole or a duplicate': async (world) => {
    const own = await world.join();
    const others = await world.joinMany(5);
    for (const other of others) await change(own.peer, 'contactAdd', other);
    for (const other of others.slice(0, 3)) await change(own.peer, 'block', other);
    const found: { contacts: string[]; blocked: string[] } = { contacts: [], blocked: [] };
    let cursor: string | undefined;
    do {
      const { contacts } = await own.peer.ask(listRequest({ limit: 2, cursor }));
      for (const list of ['contacts', 'blocked'] as const) {
        assert.ok(contacts[list].length <= 2);
        found[list].push(...contacts[list].map(({ Username }: User) => Username));
      }
      assert.ok(contacts.cursor === undefined || TEXT.accepts(contacts.cursor));
      cursor = contacts.cursor;
    } while (cursor !== undefined);
    const newest = names(...others).reverse();
    assert.deepEqual(found, { contacts: newest, blocked: newest.slice(2) });
  },
  'refuse a user who does not exist, oneself, and what is no user, page or cursor': async (world) => {
    const { peer, userUUID } = await world.join();
    for (const type of CHANGES) {
      await errorNamed('USER_NOT_FOUND', peer, request(type, randomUUID()));
      for (const wrong of [undefined, null, '', 'x', 1, [userUUID]]) {
        const { message } = await errorNamed('INVALID_FIELD', peer, request(type, wrong));
        assert.match(message, /userUUID/);
      }
      await peer.fence();
    }
    for (const type of ['contactAdd', 'block'] as const)
      await errorNamed('INVALID_FIELD', peer, request(type, userUUID));
    for (const limit of [0, -1, 1.5, '2', null, LIMITS.contactsPerPage + 1])
      await errorNamed('INVALID_FIELD', peer, listRequest({ limit }));
    await peer.fence();
    for (const cursor of ['', 1, null, 'x', 'x'.repeat(LIMITS.cursorCharacters + 1)])
      await errorNamed('INVALID_FIELD', peer, listRequest({ cursor }));
    assert.deepEqual(await listed(peer), { contacts: [], blocked: [] });
  },
  "tell the user's other connections of each change, and who is added, through the inbox": async (world) => {
    const [own, other] = await twoUsers(world);
    const devices = [own, await world.signInByPair(own, { url: world.otherUrl })];
    for (const { peer } of [...devices, other]) await openInbox(peer);
    const changes = [...CHANGES, 'contactAdd'] as const;
    for (const type of [changes[0], ...changes]) await change(own.peer, type, other);
    const item = { kind: 'contact', channelUUID: '', by: own.userUUID, userUUID: other.userUUID };
    for (const { peer } of devices) await nextItem(peer, changes.length);
    const [said, elsewhere] = devices.map(({ peer }) => saidIn(peer));
    assert.deepEqual(said, elsewhere);
    // Replicas may write the items of changes within a moment of each other in another order.
    const wanted = changes.map((each) => ({ ...item, change: each }));
    const sorted = (items: readonly object[]) =>
      items.map((each) => JSON.stringify(each, Object.keys(each).sort())).sort();
    assert.deepEqual(sorted(said!), sorted(wanted));
    await nextItem(other.peer, 1);
    await world.curtain(own, other);
    assert.deepEqual(saidIn(other.peer), [{ ...item, change: 'contactAdd' }]);
  },
  'tell nothing to a user who blocks the one who adds': async (world) => {
    const [own, other] = await twoUsers(world);
    await change(other.peer, 'block', own);
    for (const { peer } of [own, other]) await openInbox(peer);
    await change(own.peer, 'contactAdd', other);
    await nextItem(own.peer, 1);
    await world.curtain(other);
    assert.deepEqual(saidIn(other.peer), []);
  },
  'need a signed-in connection': async (world) => {
    const [peer, { userUUID }] = [await world.connect(), await world.join()];
    await errorNamed('NOT_SIGNED_IN', peer, listRequest());
    for (const type of CHANGES) await errorNamed('NOT_SIGNED_IN', peer, request(type, userUUID));
  },
  'are added once, however many connections add them at once': async (world) => {
    const [one, other] = await twoUsers(world);
    const devices = [one, await world.signInByPair(one, { url: world.otherUrl })];
    await Promise.all(
      numbered(10).flatMap((_, n) => [
        change(devices[n % 2]!.peer, 'contactAdd', other),
        change(devices[n % 2]!.peer, 'block', other),
      ]),
    );
    assert.deepEqual(await listed(one.peer), { contacts: names(other), blocked: names(other) });
  },
  'go with an account': async (world) => {
    const [one, gone] = await twoUsers(world);
    const stays = await world.join();
    for (const other of [gone, stays]) {
      await change(one.peer, 'contactAdd', other);
      await change(one.peer, 'block', other);
    }
    await gone.peer.ask({ type: 'accountDelete', accountDelete: { password: gone.password } });
    const isGone = ({ contacts }: Frame) => contacts.contacts.length === 1 && contacts.blocked.length === 1;
    await world.until(one.peer, listRequest(), isGone);
    assert.deepEqual(await listed(one.peer), { contacts: names(stays), blocked: names(stays) });
    const refused = ({ error }: Frame) => error?.name === 'USER_NOT_FOUND';
    await world.until(one.peer, request('contactAdd', gone.userUUID), refused);
  },
};

const blocks: Parameters<typeof section>[2] = {
  'refuse the private messages of both, by user and by channel, and store and show nothing': async (
    world,
  ) => {
    const [one, other] = await twoUsers(world);
    const { channelUUID } = (await one.peer.ask(joinFrame(other.userUUID))).channelJoin;
    await other.peer.ask(joinFrame(one.userUUID));
    await post(other.peer, one.userUUID, ['before']);
    await change(one.peer, 'block', other);
    for (const [from, to] of [
      [other, one],
      [one, other],
    ] as const) {
      await errorNamed('BLOCKED', from.peer, sendFrame('refused', to.userUUID));
      const byChannel = requestById('channelMessage', channelUUID, { message: 'refused' });
      await errorNamed('BLOCKED', from.peer, byChannel);
    }
    await world.curtain(one, other);
    for (const { peer } of [one, other]) assert.equal(peer.count(saying('refused')), 0);
    for (const [from, to] of [
      [other, one],
      [one, other],
    ] as const)
      assert.deepEqual(await storedBetween(from.peer, to), ['before']);
  },
  'hold where nobody has written yet, until they are taken back': async (world) => {
    const [one, other] = await blockedPair(world);
    await errorNamed('BLOCKED', other.peer, sendFrame('refused', one.userUUID));
    await change(one.peer, 'unblock', other);
    await post(other.peer, one.userUUID, ['hello']);
    await post(one.peer, other.userUUID, ['hello to you']);
    assert.deepEqual(await storedBetween(one.peer, other), ['hello', 'hello to you']);
  },
  'of both hold until both take them back': async (world) => {
    const [one, other] = await blockedPair(world);
    await change(other.peer, 'block', one);
    await change(one.peer, 'unblock', other);
    await errorNamed('BLOCKED', one.peer, sendFrame('refused', other.userUUID));
    await errorNamed('BLOCKED', other.peer, sendFrame('refused', one.userUUID));
    assert.deepEqual(await listed(other.peer), { contacts: [], blocked: names(one) });
    await change(other.peer, 'unblock', one);
    await post(one.peer, other.userUUID, ['hello']);
  },
  'answer a message that was stored before, as it was': async (world) => {
    const [one, other] = await twoUsers(world);
    const channelMessage = { recipientUUID: one.userUUID, message: 'once', clientUUID: randomUUID() };
    const { ack } = await other.peer.ask({ type: 'channelMessage', channelMessage });
    await change(one.peer, 'block', other);
    const again = await other.peer.ask({ type: 'channelMessage', channelMessage });
    assert.deepEqual(again.ack, ack);
  },
  'stop nothing in other channels, and no reading': async (world) => {
    const [one, other] = await twoUsers(world);
    await post(other.peer, one.userUUID, ['before']);
    await change(one.peer, 'block', other);
    await one.peer.ask(joinFrame());
    const text = randomUUID();
    await post(other.peer, undefined, [text]);
    await one.peer.next(saying(text), 'the message in the general channel');
    await post(other.peer, other.userUUID, ['a note']);
    const history = { type: 'channelMessages', channelMessages: { recipientUUID: one.userUUID } };
    assert.equal((await other.peer.ask(history)).channelMessages.messages[0].Message, 'before');
  },
  'have one outcome against posts in flight: what is stored is before them': async (world) => {
    const [one, other] = await twoUsers(world);
    const second = await world.signInByPair(other);
    await one.peer.ask({ type: 'subscribe', subscribe: { recipientUUID: other.userUUID } });
    const texts = numbered(60);
    const posting = texts.map((text, n) =>
      (n % 2 ? other : second).peer.ask(sendFrame(text, one.userUUID)).then((answer) => {
        if (answer.type === 'ack') return text;
        errorIn(answer, 'BLOCKED');
        return undefined;
      }),
    );
    await change(one.peer, 'block', other);
    // What is sent from now on is refused, at both replicas.
    for (const { peer } of [other, second])
      await errorNamed('BLOCKED', peer, sendFrame('late', one.userUUID));
    const stored = (await Promise.all(posting)).filter((text) => text !== undefined);
    const kept = await storedBetween(one.peer, other);
    assert.deepEqual(kept.toSorted(), stored.toSorted());
    await world.curtain(one);
    assert.deepEqual(
      messagesTo(one.peer).map(({ Message }) => Message),
      kept,
    );
  },
  'agree with the list after two devices block and unblock at once': async (world) => {
    const [one, other] = await twoUsers(world);
    const device = await world.signInAgain(one, { url: world.otherUrl });
    for (let round = 0; round < 8; round += 1) {
      const orders: Change[] = round % 2 ? ['block', 'unblock'] : ['unblock', 'block'];
      await Promise.all([
        change(one.peer, orders[0]!, other),
        change(device.peer, orders[1]!, other),
        change(device.peer, orders[0]!, other),
      ]);
      const { blocked } = await listed(device.peer);
      const answer = await other.peer.ask(sendFrame(`round ${round}`, one.userUUID));
      assert.equal(answer.error?.name, blocked.length === 1 ? 'BLOCKED' : undefined);
    }
  },
};

/** Protocol, section 3: the row of `contacts` and its like. */
export const contacts = section('3.20', 'Contacts and blocked users', lists);

/** Protocol, section 3: what a block does. */
export const blocking = section('3.21', 'Blocks', blocks);
