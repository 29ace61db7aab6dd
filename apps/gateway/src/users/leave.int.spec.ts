import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type AnyFrame, eventually, TestClient } from '@parley/testing';
import { ask, type Member, PATIENCE_MS, post, TwoGateways } from '../lifecycle/fixtures/two-gateways.js';

jest.setTimeout(60_000);

const DRAIN_MS = 2_000;
const GRACE_MS = 2_000;

describe('how clients leave', () => {
  let gateways: TwoGateways;

  beforeAll(async () => {
    gateways = await TwoGateways.start({
      DRAIN_SECONDS: String(DRAIN_MS / 1_000),
      PRESENCE_GRACE_SECONDS: String(GRACE_MS / 1_000),
    });
  });

  afterAll(() => gateways?.stop());

  const signedIn =
    ({ userUUID }: Member) =>
    (frame: AnyFrame) =>
      frame['sys']?.signIn?.uuid === userUUID;
  const signedOut =
    ({ userUUID }: Member) =>
    (frame: AnyFrame) =>
      frame['sys']?.signOut?.uuid === userUUID;

  it('a page reload is not a sign-out, and a page that does not come back becomes one after the grace', async () => {
    const [witness, member] = [await gateways.signUp(0), await gateways.signUp(1)];
    await witness.client.next(signedIn(member), PATIENCE_MS);
    await member.client.drop();
    const again = await gateways.connect(0);
    await ask(again, 'resume', { accessKey: member.accessKey });
    const later = await gateways.signUp(0);
    await witness.client.next(signedIn(later), PATIENCE_MS);
    const gone = performance.now();
    await later.client.drop();
    await witness.client.next(signedOut(later), PATIENCE_MS);
    expect(performance.now() - gone).toBeGreaterThan(GRACE_MS - 100);
    // If the first connection had counted as gone, its sign-out would have come before.
    expect(witness.client.frames.filter(signedOut(member))).toEqual([]);
    expect(witness.client.frames.filter(signedIn(member))).toHaveLength(1);
    await ask(again, 'signOut');
    await witness.client.next(signedOut(member), PATIENCE_MS);
  });

  it('a gateway that shuts down is not ready at once, accepts nobody new, and sends its clients away one after the other', async () => {
    const member = await gateways.signUp(1);
    await ask(member.client, 'channelJoin');
    const stays = await gateways.signUp(0);
    await ask(stays.client, 'channelJoin');
    const ends: number[] = [];
    const clients = await Promise.all(Array.from({ length: 30 }, () => gateways.connect(1)));
    const began = performance.now();
    const codes = Promise.all(
      [member.client, ...clients].map(async (client) => {
        const { code } = await client.closed;
        ends.push(performance.now() - began);
        return code;
      }),
    );
    const { httpUrl, url } = gateways.stack.gateways[1]!;
    const before = gateways.pidOf('gateway-2');
    gateways.stack.kill('gateway-2', 'SIGTERM');
    await eventually(async () => expect((await fetch(`${httpUrl}/health/ready`)).status).toBe(503));
    expect(ends.length).toBeLessThan(20);
    await expect(TestClient.connect(url)).rejects.toThrow('503');
    const acknowledged = post(member.client, 'while it ends').then(
      ({ type }) => type,
      () => 'sent away before',
    );
    expect(new Set(await codes)).toEqual(new Set([4001]));
    expect(['ack', 'sent away before']).toContain(await acknowledged);
    const inFirstHalf = ends.filter((at) => at - ends[0]! < DRAIN_MS / 2).length;
    expect(inFirstHalf).toBeGreaterThan(5);
    expect(inFirstHalf).toBeLessThan(26);
    await stays.client.next(
      ({ type, userUUID }) => type === 'channelLeave' && userUUID === member.userUUID,
      PATIENCE_MS,
    );
    await stays.client.next(signedOut(member), PATIENCE_MS);
    await eventually(() => expect(gateways.pidOf('gateway-2')).not.toBe(before), { timeoutMs: 10_000 });
  });
});
