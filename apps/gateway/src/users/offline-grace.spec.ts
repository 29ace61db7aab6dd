import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { type Departure, OfflineGrace } from './offline-grace.js';

const departure = (name: string): Departure => ({
  connection: fakeConnection().connection,
  user: { UUID: name, Username: name },
});

function departures(graceMs: number, most = 10) {
  const gone: string[] = [];
  const subject = new OfflineGrace(graceMs, most, async ({ user }) => void gone.push(user.UUID));
  return { subject, gone };
}

describe('OfflineGrace', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('does not run while the gateway is stalled: nobody could come back', async () => {
    const { subject, gone } = departures(5_000);
    await subject.start(departure('ada'));
    const real = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => real() + 65_000);
    subject.tick();
    expect(gone).toEqual([]);
    subject.clear();
  });

  it('takes each user offline when the grace is over, in the order of leaving', async () => {
    const { subject, gone } = departures(5_000);
    await subject.start(departure('ada'), 0);
    await subject.start(departure('bob'), 1_000);
    subject.tick(4_999);
    expect(gone).toEqual([]);
    subject.tick(5_000);
    expect(gone).toEqual(['ada']);
    subject.tick(9_000);
    expect(gone).toEqual(['ada', 'bob']);
  });

  it('waits for nobody without a grace or when too many wait already', async () => {
    const none = departures(0);
    await none.subject.start(departure('ada'));
    expect(none.gone).toEqual(['ada']);
    const full = departures(5_000, 1);
    await full.subject.start(departure('ada'), 0);
    await full.subject.start(departure('bob'), 0);
    expect(full.gone).toEqual(['bob']);
    full.subject.clear();
  });

  it('forgets waiting users when all are taken offline at once', async () => {
    const { subject, gone } = departures(5_000);
    await subject.start(departure('ada'), 0);
    subject.clear();
    subject.tick(10_000);
    expect(gone).toEqual([]);
  });
});
