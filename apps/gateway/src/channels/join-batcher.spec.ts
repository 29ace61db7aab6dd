import { describe, expect, it } from '@jest/globals';
import { type ChannelsContract, GENERAL_CHANNEL, type JoinRequest } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { GatewayId } from '../gateway-id.js';
import { fakeService } from '../pacing/fixtures/fake-services.js';
import { JoinBatcher } from './join-batcher.js';

const joinOf = (SUUID: string, limit: number): JoinRequest => ({
  ...{ key: SUUID, user: { UUID: 'ada', Username: 'Ada' }, target: {}, limit, order: 'desc' },
  connection: { gatewayId: 'g', SUUID },
});

/** A batcher over a channels service whose answers are lost above `most` messages; `asked` has the limits of each request. */
function setUp(most: number) {
  const asked: number[][] = [];
  const channels = fakeService<ChannelsContract>({
    'channels.joinAll': ({ joins, apart }) => {
      asked.push(joins.map(({ limit }) => limit));
      const isHooked = ({ key }: JoinRequest) => key === 'hooked' && apart;
      const messages = joins.reduce((sum, { limit }) => sum + limit, 0);
      if (messages > most) throw new AppError('UNAVAILABLE', { cause: { code: 'REPLY_LOST' } });
      const joined = { channelUUID: GENERAL_CHANNEL, recipientUUID: '', epoch: 'e', messages: [], users: [] };
      return {
        outcomes: joins.map((join) =>
          isHooked(join) ? { apart: true } : { joined: { ...joined, seq: join.limit, usersTotal: 1 } },
        ),
      };
    },
  });
  return { batcher: new JoinBatcher(channels.client, new GatewayId()), asked, lanes: channels.lanes };
}

describe('JoinBatcher', () => {
  it('asks in smaller requests when the answer to a large one is lost, and gives each join its own', async () => {
    const { batcher, asked } = setUp(30);
    const joined = await Promise.all([10, 20, 30].map((limit, n) => batcher.join(joinOf(`${n}`, limit))));
    expect(asked).toEqual([[10, 20, 30], [10, 20], [30]]);
    expect(joined.map(({ seq }) => seq)).toEqual([10, 20, 30]);
  });

  it('asks for fewer messages when the answer to one join is lost', async () => {
    const { batcher, asked } = setUp(5);
    expect(await batcher.join(joinOf('a', 100))).toMatchObject({ seq: 1 });
    expect(asked).toEqual([[100], [25], [6], [1]]);
  });

  it('asks alone for a join that waits for a hook, in the lane whose handlers may wait for hooks', async () => {
    const { batcher, asked, lanes } = setUp(30);
    const [hooked, other] = [batcher.join(joinOf('hooked', 10)), batcher.join(joinOf('a', 20))];
    expect(await other).toMatchObject({ seq: 20 });
    expect(await hooked).toMatchObject({ seq: 10 });
    expect(asked).toEqual([[10, 20], [10]]);
    expect(lanes).toEqual(['later', 'now']);
  });

  it('fails when not even one message gets through', async () => {
    const { batcher, asked } = setUp(0);
    await expect(batcher.join(joinOf('a', 4))).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(asked).toEqual([[4], [1]]);
  });
});
