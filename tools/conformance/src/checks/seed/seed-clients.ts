import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import type { Frame } from '../../peer.js';
import { numbered, post, requestFor, resume, subscribe, twoUsers } from '../conversation.js';
import { joinFrame, saying, sendFrame } from '../expectations.js';

/** Every frame type in the demo's document, and errors. */
const SEED_TYPES = [
  'ready',
  'authorized',
  'signOut',
  'users',
  'channelJoin',
  'channelLeave',
  'channelMessage',
];
SEED_TYPES.push('sys', 'error', 'pong');

/** Protocol, section 3: its frames go only to connections that asked for them. */
export const seedClients = section('3.11', 'Clients of the demo', {
  'get no frame unknown to the demo, whatever others ask for': async (world) => {
    const [old, modern] = await twoUsers(world);
    old.peer.send(joinFrame(modern.userUUID));
    const { channelUUID, epoch } = await subscribe(modern.peer, old.userUUID);
    await modern.peer.ask({ type: 'inbox' });
    for (const text of numbered(3, 'to the demo')) await post(modern.peer, old.userUUID, [text]);
    for (const text of numbered(3, 'of the demo')) old.peer.send(sendFrame(text, modern.userUUID));
    await modern.peer.next(saying('of the demo 3'), 'the last message');
    await resume(await world.connect(), modern, [{ channelUUID, epoch, seq: 0 }]);
    await modern.peer.ask(requestFor('unsubscribe', old.userUUID));
    await world.curtain(old);
    const types = new Set(old.peer.frames.map(({ type }) => type));
    assert.deepEqual(
      [...types].filter((type) => !SEED_TYPES.includes(type)),
      [],
    );
  },
  'get only the kinds of `sys` frame that the demo knows': async (world) => {
    const [old, modern] = await twoUsers(world);
    old.peer.send(joinFrame());
    await old.peer.next('channelJoin');
    await subscribe(modern.peer);
    await modern.peer.ask(joinFrame());
    await post(modern.peer, undefined, [randomUUID()]);
    await modern.peer.ask({ type: 'signOut' });
    await world.curtain(old);
    const kinds = new Set(old.peer.frames.flatMap(({ sys }: Frame) => sys?.type ?? []));
    assert.deepEqual([...kinds].sort(), ['channelJoin', 'signIn', 'signOut']);
  },
});
