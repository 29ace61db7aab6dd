import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@parley/service-kit';
import { eventually } from '@parley/testing';
import { FakeSubscriber } from '../delivery/fixtures/fake-subscriber.js';
import { Pace } from '../delivery/pace.js';
import { CHANGED_AT_ONCE, WatchSubscriptions } from './watch-subscriptions.js';

function subscriptions() {
  const subscriber = new FakeSubscriber(new Pace());
  const logger = createLogger('test', 'silent');
  const subject = new WatchSubscriptions(
    subscriber,
    (UUID) => `of:${UUID}`,
    () => undefined,
    logger,
  );
  return { subject, subscriber };
}

describe('WatchSubscriptions', () => {
  it('changes what is wanted in the same turn', async () => {
    const { subject, subscriber } = subscriptions();
    subject.change('ada', true);
    subject.change('bob', true);
    await nextTurn();
    expect(subscriber.commands).toEqual(['+of:ada', '+of:bob']);
    subject.change('ada', false);
    await eventually(() => expect(subscriber.commands.at(-1)).toBe('-of:ada'));
  });

  it('sends nothing for what is taken back before it is sent', async () => {
    const { subject, subscriber } = subscriptions();
    subject.change('ada', true);
    subject.change('bob', true);
    subject.change('ada', false);
    await nextTurn();
    expect(subscriber.commands).toEqual(['+of:bob']);
  });

  it('sends a crowd in parts, and all of it in the end', async () => {
    const { subject, subscriber } = subscriptions();
    for (let n = 0; n < CHANGED_AT_ONCE * 2 + 1; n += 1) subject.change(String(n), true);
    await nextTurn();
    expect(subscriber.commands).toHaveLength(CHANGED_AT_ONCE);
    await eventually(() => expect(subscriber.commands).toHaveLength(CHANGED_AT_ONCE * 2 + 1));
    expect(subscriber.listeners.size).toBe(CHANGED_AT_ONCE * 2 + 1);
  });
});
