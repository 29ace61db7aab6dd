import { describe, expect, it } from '@jest/globals';
import { Account, emptyTally } from '../measuring/account.js';
import type { Line } from '../wire/line.js';
import { ParleyDialect } from './dialect.js';

const channelUUID = '0190b5a2-7e11-7c3e-8000-00000000000a';
const seat = { index: 0, url: 0, account: 0, room: 3, general: true, partner: -1, sender: -1 };

/** The types of answers that are not those of their requests. */
const ANSWERS: Record<string, string> = { resume: 'resumed', signIn: 'authorized' };

/** A line on which the server answers each request with what `answers` holds for its type. */
function setUp() {
  const asked: { type: string; resume?: { accessKey: string; channels: object[] } }[] = [];
  const refused: string[] = [];
  const answers: Record<string, object> = {
    resume: { userUUID: 'u', channels: [] },
    channelJoin: { channelUUID, epoch: 'one', seq: 10 },
  };
  const tally = emptyTally();
  const deferred: unknown[] = [];
  const account = new Account(tally, 3, 1);
  let take: ((payload: string) => unknown) | undefined;
  const double = {
    account,
    epoch: '',
    enters: (_stream: number, epoch: string) => {
      double.epoch = epoch;
    },
    goesOn: (stream: number, epoch: string, from: number) => {
      account.rewind(stream, from);
      double.epoch = epoch;
    },
    reloads: (stream: number, epoch: string, after: number) => {
      account.reload(stream, after);
      double.epoch = epoch;
    },
    deferred: (...refusal: unknown[]) => deferred.push(refusal),
    begins: (stream: number, after: number) => account.begin(stream, after),
    refused: (reason: string) => refused.push(reason),
    expect: (test: (payload: string) => unknown) =>
      new Promise<unknown>((resolve, reject) => {
        take = (payload) => {
          try {
            resolve(test(payload));
          } catch (error) {
            reject(error);
          }
        };
      }),
    send: (payload: string) => {
      const request = JSON.parse(payload) as { type: string };
      asked.push(request);
      const answer = answers[request.type]!;
      const type = 'name' in answer ? 'error' : (ANSWERS[request.type] ?? request.type);
      take?.(JSON.stringify({ type, [type]: answer }));
    },
  };
  const line = double as unknown as Line;
  const dialect = new ParleyDialect();
  dialect.adopt([{ username: 'u', password: 'p', userUUID: 'u', accessKey: 'k' }]);
  const tell = (channelEpoch: object) =>
    dialect.receive(line, JSON.stringify({ type: 'sys', sys: { type: 'channelEpoch', channelEpoch } }));
  const reenter = async (channel: object) => {
    answers['resume'] = { userUUID: 'u', channels: [{ channelUUID, ...channel }] };
    await dialect.reenter(line, seat);
    return asked.at(-1)!.resume!.channels;
  };
  return { dialect, line, account, tally, asked, refused, deferred, answers, tell, reenter };
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

  it('counts a new epoch that lost messages as a reload, and takes their numbers again', async () => {
    const { dialect, line, account, tally, refused, tell } = setUp();
    await dialect.enter(line, seat);
    account.take(3, 11, 13);
    tell({ channelUUID, epoch: 'two', from: 11 });
    account.take(3, 12, 13);
    expect({ tally, refused }).toMatchObject({ tally: { reloads: 1, skipped: 0 }, refused: [] });
    expect(account.settle(new Map([[3, 13]]))).toEqual([]);
  });

  it('counts what a resume could not recover as a reload, and continues where the server does', async () => {
    const { dialect, line, account, tally, reenter } = setUp();
    await dialect.enter(line, seat);
    await reenter({ epoch: 'two', seq: 20, recovered: false });
    account.take(3, 21, 21);
    expect(tally).toMatchObject({ reloads: 1, skipped: 10, doubled: 0 });
    expect(account.settle(new Map([[3, 21]]))).toEqual([]);
    expect(await reenter({ epoch: 'two', seq: 21, recovered: true })).toEqual([
      { channelUUID, epoch: 'two', seq: 21 },
    ]);
  });

  it('signs in by password when the session is gone', async () => {
    const { dialect, line, asked, answers } = setUp();
    await dialect.enter(line, seat);
    answers['signIn'] = { userUUID: 'u', accessKey: 'new' };
    answers['resume'] = { name: 'SESSION_EXPIRED', message: 'gone' };
    const reentered = dialect.reenter(line, seat);
    answers['resume'] = {
      userUUID: 'u',
      channels: [{ channelUUID, epoch: 'one', seq: 10, recovered: true }],
    };
    await reentered;
    expect(asked.map(({ type }) => type)).toEqual(['resume', 'channelJoin', 'resume', 'signIn', 'resume']);
    expect(asked.at(-1)!.resume).toMatchObject({ accessKey: 'new', channels: [{ seq: 10 }] });
  });

  it('puts off a message that the server cannot take now, and no other', () => {
    const { dialect, line, refused, deferred } = setUp();
    const payload = { type: 'channelMessage', channelMessage: { clientUUID: '7-2-5' } };
    const later = { name: 'UNAVAILABLE', message: '', retryable: true, retryAfterMs: 20, payload };
    for (const error of [
      later,
      { ...later, name: 'FORBIDDEN', retryable: false },
      { ...later, payload: {} },
    ]) {
      dialect.receive(line, JSON.stringify({ type: 'error', error }));
    }
    expect(deferred).toEqual([[2, 5, 'UNAVAILABLE', 20]]);
    expect(refused).toEqual(['FORBIDDEN', 'UNAVAILABLE']);
  });
});
