import { describe, expect, it } from '@jest/globals';
import { Account } from '../measuring/account.js';
import type { Line } from '../wire/line.js';
import { ParleyDialect } from './dialect.js';

const channelUUID = '0190b5a2-7e11-7c3e-8000-00000000000a';
const seat = { index: 0, url: 0, account: 0, room: 3, general: true, partner: -1, sender: -1 };

/** A line on which the server answers each request with what `answers` holds for its type. */
function setUp() {
  const asked: { type: string; resume?: { channels: object[] } }[] = [];
  const refused: string[] = [];
  const answers: Record<string, object> = {
    resume: { userUUID: 'u', channels: [] },
    channelJoin: { channelUUID, epoch: 'one', seq: 10 },
  };
  const tally = { deliveries: 0, doubled: 0, disordered: 0, strayed: 0 };
  const account = new Account(tally, 3, 1);
  let take: ((payload: string) => unknown) | undefined;
  const line = {
    account,
    begins: (stream: number, after: number) => account.begin(stream, after),
    refused: (reason: string) => refused.push(reason),
    expect: (test: (payload: string) => unknown) =>
      new Promise((resolve) => {
        take = (payload) => resolve(test(payload));
      }),
    send: (payload: string) => {
      const request = JSON.parse(payload) as { type: string };
      asked.push(request);
      const type = request.type === 'resume' ? 'resumed' : request.type;
      take?.(JSON.stringify({ type, [type]: answers[request.type] }));
    },
  } as unknown as Line;
  const dialect = new ParleyDialect();
  dialect.adopt([{ username: 'u', password: 'p', userUUID: 'u', accessKey: 'k' }]);
  const tell = (channelEpoch: object) =>
    dialect.receive(line, JSON.stringify({ type: 'sys', sys: { type: 'channelEpoch', channelEpoch } }));
  const reenter = async (channel: object) => {
    answers['resume'] = { userUUID: 'u', channels: [{ channelUUID, ...channel }] };
    await dialect.reenter(line, seat);
    return asked.at(-1)!.resume!.channels;
  };
  return { dialect, line, account, refused, tell, reenter };
}

describe("Parley's dialect", () => {
  it('counts a new epoch that lost nothing as no loss, live or resumed, and resumes in it', async () => {
    const { dialect, line, account, refused, tell, reenter } = setUp();
    await dialect.enter(line, seat);
    tell({ channelUUID, epoch: 'two', from: 10 });
    account.take(3, 11, 11);
    expect(await reenter({ epoch: 'three', seq: 11, recovered: true })).toEqual([
      { channelUUID, epoch: 'two', seq: 11 },
    ]);
    account.take(3, 12, 12);
    expect(await reenter({ epoch: 'three', seq: 12, recovered: true })).toEqual([
      { channelUUID, epoch: 'three', seq: 12 },
    ]);
    expect(refused).toEqual([]);
  });

  it('counts a new epoch that lost messages as a refusal, and takes their numbers again', async () => {
    const { dialect, line, account, refused, tell } = setUp();
    await dialect.enter(line, seat);
    account.take(3, 11, 13);
    tell({ channelUUID, epoch: 'two', from: 11 });
    account.take(3, 12, 13);
    expect(refused).toEqual(['lost in a new epoch']);
    expect(account.settle(new Map([[3, 13]]))).toEqual([]);
  });
});
