import { describe, expect, it } from '@jest/globals';
import { type ChannelsContract, encodePublished, epochTag, fanOutChannel } from '@parley/contracts';
import { fakeHub } from '../delivery/fixtures/fake-hub.js';
import { ROLE } from '../delivery/membership.js';
import { Backlog } from '../pacing/backlog.js';
import { fakeService } from '../pacing/fixtures/fake-services.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { messageFrame } from '../socket/fixtures/message-frame.js';
import { PostBatcher } from './post-batcher.js';
import { Posts } from './posts.js';

const EPOCH = '00000001-0000-4000-8000-000000000000';
const GENERAL = { channelUUID: 'general', recipientUUID: '' };

/** Posts over a channels service that stores everything as Seq 1 of the general channel. */
function setUp() {
  const { hub, follower, subscriber } = fakeHub();
  const { client, asked } = fakeService<ChannelsContract>({
    'channels.postAll': ({ posts }) => ({
      outcomes: posts.map(() => ({
        stored: { UUID: 'm', Seq: 1, ChannelUUID: 'general', CreatedAt: 'now' },
      })),
    }),
  });
  const subject = new Posts(new PostBatcher(client, () => '', new Backlog(0)), hub);
  const { connection, link } = fakeConnection({ maxBufferedBytes: 10_000 });
  connection.signIn({ user: { UUID: 'ada', Username: 'Ada' }, userUUID: 'ada', sessionId: 's' });
  const publish = () =>
    subscriber.publish(
      fanOutChannel('t', 'general'),
      encodePublished(1, messageFrame('general 1'), epochTag(EPOCH)),
    );
  return { subject, hub, follower, connection, link, publish, asked };
}

describe('Posts', () => {
  it('handles the next frame of a connection only after its own message has been delivered to it', async () => {
    const { subject, hub, follower, connection, publish, link } = setUp();
    const membership = await hub.addMember('general', connection, ROLE.joined);
    membership.place(EPOCH, 0);
    membership.log.learn({ epoch: EPOCH, seq: 0 }, 0);
    await follower.goLive(membership);
    connection.joinChannel(GENERAL);
    const { ack } = await subject.post(connection, { message: 'hi' });
    expect(ack).toMatchObject({ UUID: 'm', Seq: 1 });
    const isNext = connection.finish().then(() => connection.tell({ type: 'next' }));
    setImmediate(publish);
    await isNext;
    expect(link.frames).toEqual(['general 1', { type: 'next' }]);
  });

  it('gives each post of a connection a new id, and adds nothing that the client did not send', async () => {
    const { subject, connection, asked } = setUp();
    await subject.post(connection, { recipientUUID: 'bob', message: 'a' });
    await subject.post(connection, { message: 'b', clientUUID: 'c-1' });
    const posts = asked.flatMap(({ request }) => (request as { posts: { key: string }[] }).posts);
    const sender = { UUID: 'ada', Username: 'Ada' };
    expect(posts).toMatchObject([
      { sender, target: { recipientUUID: 'bob' }, message: 'a' },
      { sender, target: {}, message: 'b', clientUUID: 'c-1' },
    ]);
    expect(new Set(posts.map(({ key }) => key)).size).toBe(2);
  });

  it('refuses a connection that is not signed in', async () => {
    const { subject, connection } = setUp();
    connection.signOut();
    await expect(subject.post(connection, { message: 'x' })).rejects.toMatchObject({ name: 'NOT_SIGNED_IN' });
  });
});
