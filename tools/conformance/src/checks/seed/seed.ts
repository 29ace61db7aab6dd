import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import { assertMatches, differences, UUID } from '../../matching.js';
import type { Frame, Peer } from '../../peer.js';
import { SEED_EXAMPLES, type SeedConversation, type SeedExample } from '../../seed-examples.js';
import { authorizedOf, type Member, type World } from '../../world.js';

/** Every example of the demo's document, sent without an `id`, and the conversation that it shows. */
export const seed = section('seed', "The Go demo's document", {
  ...Object.fromEntries(
    SEED_EXAMPLES.map((example) => [example.heading, (world: World) => sayExample(world, example)]),
  ),
  'Session handling': async (world) => {
    const peer = await world.connect();
    assertMatches({ type: 'ready', ready: { sessionUUID: UUID } }, peer.frames[0]);
  },
  'Client Server: waiting for each answer before the next request': async (world) => {
    const peer = await world.connect();
    const [username, password, message] = [world.newName(), world.newPassword(), randomUUID()];
    peer.send({ type: 'signIn', signIn: { username, password } });
    const { userUUID } = authorizedOf(await peer.next('authorized'));
    peer.send({ type: 'channelJoin', userUUID, channelJoin: { recipientUUID: '' } });
    await peer.next('channelJoin');
    peer.send({ type: 'channelMessage', userUUID, channelMessage: { recipientUUID: '', message } });
    peer.send({ type: 'channelMessage', userUUID, channelMessage: { recipientUUID: '', message } });
    for (let copy = 0; copy < 2; copy += 1) {
      await peer.next((frame) => frame.channelMessage?.Message === message, 'the message');
    }
  },
});

/**
 * Brings a conversation to the point where the example begins, sends its request and looks for everything that it
 * lists.
 */
async function sayExample(world: World, example: SeedExample): Promise<void> {
  const other = await world.join();
  const { peer, talk } = await begin(world, example, other);
  peer.send(example.request(talk));
  await expectFrame(peer, example.answer(talk));
  if (example.others) await expectFrame(other.peer, example.others(talk));
}

async function begin(
  world: World,
  { before }: SeedExample,
  other: Member,
): Promise<{ peer: Peer; talk: SeedConversation }> {
  const [peer, recipient] = [await world.connect(), { recipientUUID: other.userUUID }];
  const talk = { ...recipient, recipientName: other.username, message: randomUUID() };
  const { sessionUUID } = peer;
  if (before === 'connected') {
    const [username, password] = [world.newName(), world.newPassword()];
    return { peer, talk: { ...talk, sessionUUID, username, password, userUUID: '' } };
  }
  const account = await (before === 'registered' ? world.join() : world.signUpOn(peer));
  const conversation = { ...talk, ...account, sessionUUID };
  if (before !== 'registered') await openChannel(account, other, before === 'joined', talk.message);
  return { peer, talk: conversation };
}

/** The other user waits in the private channel, which holds one message. */
async function openChannel(account: Member, other: Member, joined: boolean, message: string): Promise<void> {
  const theirs = { type: 'channelJoin', channelJoin: { recipientUUID: account.userUUID } };
  await other.peer.ask(theirs);
  const mine = { recipientUUID: other.userUUID };
  if (joined) await account.peer.ask({ type: 'channelJoin', channelJoin: mine });
  else await account.peer.ask({ type: 'channelMessage', channelMessage: { ...mine, message } });
}

/** Waits for a frame like `expected`. If none comes, says how the nearest one of its type differs. */
async function expectFrame(peer: Peer, expected: object): Promise<void> {
  const wanted = (frame: Frame) => differences(expected, frame).length === 0;
  const { type } = expected as Frame;
  try {
    await peer.next(wanted, type);
  } catch (error) {
    const nearest = peer.frames.filter((frame) => frame.type === type || frame.type === 'error').at(-1);
    const why = nearest ? differences(expected, nearest).join('; ') : 'none of its type came';
    throw new Error(`${type}: ${why}`, { cause: error });
  }
}
