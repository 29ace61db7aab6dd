import { describe, expect, it } from '@jest/globals';
import { type ChannelsContract, GENERAL_CHANNEL } from '@parley/contracts';
import { AppError, LIMITS } from '@parley/protocol';
import { fakeService } from '../pacing/fixtures/fake-services.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { TYPED_IN, Typing } from './typing.js';

const user = { UUID: 'ada', Username: 'Ada' };

/** Typing over a channels service that fails as often as the test says. */
function setUp() {
  const failures: AppError[] = [];
  const { client, asked } = fakeService<ChannelsContract>({
    'channels.typing': () => {
      const failure = failures.pop();
      if (failure) throw failure;
      return {};
    },
  });
  const subject = new Typing(client);
  const clock = { now: 0 };
  const connect = () => {
    const { connection } = fakeConnection();
    connection.signIn({ user, userUUID: user.UUID, sessionId: 's' });
    return (target = {}) => subject.type(connection, target, () => clock.now);
  };
  return { connect, clock, asked, failures };
}

describe('Typing', () => {
  it('passes on one per connection and channel in 3 s, and answers each in kind', async () => {
    const { connect, clock, asked } = setUp();
    const [one, other] = [connect(), connect()];
    const general = { channelUUID: GENERAL_CHANNEL, userUUID: 'ada', username: 'Ada' };
    for (const _ of [1, 2]) expect(await one()).toEqual({ type: 'typing', typing: general });
    expect(asked).toHaveLength(1);
    expect(asked[0]!.request).toMatchObject({ user, target: {} });
    await one({ recipientUUID: 'bob' });
    await other();
    expect(asked).toHaveLength(3);
    clock.now = LIMITS.typingMs - 1;
    await one();
    expect(asked).toHaveLength(3);
    clock.now = LIMITS.typingMs;
    await one();
    expect(asked).toHaveLength(4);
  });

  it('throws what the channels service throws, and tries again the next time', async () => {
    const { connect, failures, asked } = setUp();
    const type = connect();
    failures.push(new AppError('FORBIDDEN'));
    await expect(type()).rejects.toMatchObject({ name: 'FORBIDDEN' });
    await type();
    expect(asked).toHaveLength(2);
  });

  it('keeps a bounded number of channels per connection', async () => {
    const { connect, clock, asked } = setUp();
    const type = connect();
    for (let n = 0; n < 2 * TYPED_IN; n += 1) await type({ recipientUUID: `user ${n}` });
    expect(asked).toHaveLength(TYPED_IN);
    clock.now = LIMITS.typingMs;
    await type({ recipientUUID: 'another' });
    expect(asked).toHaveLength(TYPED_IN + 1);
  });
});
