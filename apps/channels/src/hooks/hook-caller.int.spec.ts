import { afterEach, describe, expect, it } from '@jest/globals';
import { withJson } from '@parley/testing';
import { ToldHook, type ToldHookOptions } from '../fixtures/told-hook.js';
import { hookCalls } from '../metrics.js';
import { FAILURES_IN_A_ROW } from './hook-caller.js';

const question = { id: 'hook_1', userUUID: 'ada', data: { message: 'hello' } };
const UNAVAILABLE = { name: 'UNAVAILABLE', retryable: true, retryAfterMs: expect.any(Number) };

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** How often a hook had an outcome until now. */
async function counted(outcome: string): Promise<number> {
  const { values } = await hookCalls.get();
  const of = values.find(({ labels }) => labels.hook === 'beforeSend' && labels.outcome === outcome);
  return of?.value ?? 0;
}

describe('HookCaller', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  const opened = async (options: ToldHookOptions = {}) => {
    const hook = await ToldHook.open(options);
    closers.push(() => hook.close());
    return hook;
  };
  const ask = (hook: ToldHook) => hook.beforeSend.ask(question);

  const megabyte = { action: 'allow', more: 'a'.repeat(1_048_576) };
  const failures: [what: string, outcome: string, tell: (hook: ToldHook) => void][] = [
    ['hangs', 'deadline', (hook) => hook.hold()],
    ['answers 500', 'status', (hook) => hook.answer(() => ({ action: 'allow' }), 500)],
    ['answers 204', 'status', (hook) => hook.answer(() => ({}), 204)],
    ['answers a megabyte', 'too_large', (hook) => hook.answer(() => megabyte)],
    ['says nothing that it may', 'answer', (hook) => hook.answer(() => ({ action: 'delete' }))],
    ['rewrites to nothing', 'answer', (hook) => hook.answer(() => ({ action: 'rewrite', message: '' }))],
    [
      'rewrites to half a character',
      'answer',
      (hook) => hook.answer(() => ({ action: 'rewrite', message: '\ud800' })),
    ],
    [
      'rewrites to too much',
      'answer',
      (hook) => hook.answer(() => ({ action: 'rewrite', message: 'a'.repeat(4_001) })),
    ],
    [
      'gives a reason of two lines',
      'answer',
      (hook) => hook.answer(() => ({ action: 'refuse', reason: 'a\nb' })),
    ],
    [
      'gives an endless reason',
      'answer',
      (hook) => hook.answer(() => ({ action: 'refuse', reason: 'a'.repeat(201) })),
    ],
    [
      'answers no JSON',
      'answer',
      (hook) => {
        hook.endpoint.answering = (_, response) =>
          response.writeHead(200, { 'content-type': 'application/json' }).end('{');
      },
    ],
    [
      'answers with a page',
      'answer',
      (hook) => {
        hook.endpoint.answering = (_, response) =>
          response.writeHead(200, { 'content-type': 'text/html' }).end('{"action":"allow"}');
      },
    ],
    [
      'redirects',
      'status',
      (hook) => {
        hook.endpoint.answering = (_, response) => response.writeHead(302, { location: '/elsewhere' }).end();
      },
    ],
    ['has gone', 'unreachable', (hook) => hook.endpoint.close()],
  ];

  it.each(failures)(
    'that %s refuses what it is asked about, so that it can be sent again, or lets it pass',
    async (_, outcome, tell) => {
      const before = await counted(outcome);
      const deadlineMs = outcome === 'deadline' ? 100 : 20_000;
      const strict = await opened({ deadlineMs });
      tell(strict);
      await expect(ask(strict)).rejects.toMatchObject(UNAVAILABLE);
      const lenient = await opened({ deadlineMs, onFailure: 'allow' });
      tell(lenient);
      expect(await ask(lenient)).toEqual({ action: 'allow' });
      expect(await counted(outcome)).toBe(before + 2);
      expect(strict.asked.filter(({ id }) => id !== 'hook_1')).toEqual([]);
    },
  );

  it('is not asked any more after five failures in a row, and asked again once it is well', async () => {
    const hook = await opened({ pauseMs: 50 });
    hook.answer(() => ({}), 500);
    for (let n = 0; n < FAILURES_IN_A_ROW; n += 1) await expect(ask(hook)).rejects.toMatchObject(UNAVAILABLE);
    const opensAt = await counted('open');
    hook.answer(() => ({ action: 'allow' }));
    await expect(ask(hook)).rejects.toMatchObject(UNAVAILABLE);
    expect(hook.asked).toHaveLength(FAILURES_IN_A_ROW);
    expect(await counted('open')).toBe(opensAt + 1);
    for (;;) {
      const answer = await ask(hook).catch(() => undefined);
      if (answer !== undefined) break;
      await turn();
    }
    // The one that has tried, and then everyone.
    expect(hook.asked).toHaveLength(FAILURES_IN_A_ROW + 1);
    expect(await ask(hook)).toEqual({ action: 'allow' });
  });

  it('is tried by one call alone, for which no other waits', async () => {
    const hook = await opened({ pauseMs: 1 });
    hook.answer(() => ({}), 500);
    for (let n = 0; n < FAILURES_IN_A_ROW; n += 1) await expect(ask(hook)).rejects.toMatchObject(UNAVAILABLE);
    const waiting = hook.hold();
    const asked: Promise<unknown>[] = [];
    while (waiting.length === 0) {
      asked.push(ask(hook).catch((error: unknown) => error));
      await turn();
    }
    await expect(ask(hook)).rejects.toMatchObject(UNAVAILABLE);
    expect(waiting).toHaveLength(1);
    for (const answer of waiting) answer({ action: 'allow' });
    await Promise.all(asked);
    hook.endpoint.answering = withJson({ action: 'allow' });
    expect(await ask(hook)).toEqual({ action: 'allow' });
  });

  it.each([
    ['calls', { calls: 2, bytes: 1_048_576 }],
    ['bytes', { calls: 64, bytes: 240 }],
  ])('refuses with OVERLOADED past the bound of %s that wait, even where failures pass', async (_, room) => {
    const hook = await opened({ room, onFailure: 'allow' });
    const waiting = hook.hold();
    const [one, other] = [ask(hook), ask(hook)];
    await expect(ask(hook)).rejects.toMatchObject({
      name: 'OVERLOADED',
      retryable: true,
      retryAfterMs: expect.any(Number),
    });
    // Both hooks share the room.
    await expect(hook.authorise.ask(question)).rejects.toMatchObject({ name: 'OVERLOADED' });
    while (waiting.length < 2) await turn();
    for (const answer of waiting) answer({ action: 'allow' });
    await Promise.all([one, other]);
    hook.answer(() => ({ action: 'allow' }));
    expect(await ask(hook)).toEqual({ action: 'allow' });
  });

  it('leaves room for others while one user has as many calls under way as one may have', async () => {
    const hook = await opened({ room: { callsPerUser: 2 }, onFailure: 'allow' });
    const waiting = hook.hold();
    const own = [ask(hook), hook.authorise.ask(question)];
    const limited = { name: 'RATE_LIMITED', retryable: true, retryAfterMs: expect.any(Number) };
    await expect(ask(hook)).rejects.toMatchObject(limited);
    const other = hook.beforeSend.ask({ ...question, userUUID: 'bob' });
    while (waiting.length < 3) await turn();
    for (const answer of waiting) answer({ action: 'allow' });
    await Promise.all([...own, other]);
    hook.answer(() => ({ action: 'allow' }));
    expect(await ask(hook)).toEqual({ action: 'allow' });
  });
});
