import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generalChannel, privateChannelOf } from '../channel.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { KnownPeople, newUser } from '../fixtures/people.js';

describe('mentions', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  function setUp() {
    const people = new KnownPeople();
    const [ada, bob, eve] = ['Ada Lovelace', 'bob', 'Eve'].map((Username) =>
      people.add({ UUID: randomUUID(), Username }),
    ) as [ReturnType<typeof newUser>, ReturnType<typeof newUser>, ReturnType<typeof newUser>];
    const mentions = lab.mentions(people);
    const named = async (text: string, channel = generalChannel) =>
      (await mentions.in(text, channel, ada)).map(({ username }) => username);
    return { people, ada, bob, eve, mentions, named };
  }

  it('name any user in the general channel, each once, as they are written', async () => {
    const { named, mentions, ada, bob } = setUp();
    expect(await named('@BOB, @ada lovelace and @bob: @nobody')).toEqual(['bob', 'Ada Lovelace']);
    expect(await mentions.in('@bob', generalChannel, ada)).toEqual([{ userUUID: bob.UUID, username: 'bob' }]);
  });

  it('name the two users of a private channel, and ask nobody', async () => {
    const { people, named, ada, bob } = setUp();
    expect(await named('@bob @eve @Ada Lovelace', privateChannelOf(ada.UUID, bob.UUID))).toEqual([
      'bob',
      'Ada Lovelace',
    ]);
    expect(people.nameLookups).toEqual([]);
  });

  it('name members of a group alone', async () => {
    const { named, bob } = setUp();
    const channelUUID = randomUUID();
    await lab.redis.hset(lab.keys.members(channelUUID), bob.UUID, 'member 1 0');
    const group = { kind: 'group' as never, channelUUID, recipientUUID: '' };
    expect(await named('@bob @eve', group)).toEqual(['bob']);
  });

  it('cost a text without `@` nothing, and hold up no message when nobody answers', async () => {
    const { people, named, mentions, ada } = setUp();
    expect(mentions.in('bob', generalChannel, ada)).toEqual([]);
    expect(people.nameLookups).toEqual([]);
    people.fail(new Error('away'));
    expect(await named('@bob')).toEqual([]);
  });
});
