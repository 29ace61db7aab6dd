import { describe, expect, it } from '@jest/globals';
import { fanOutLag } from '../metrics.js';
import { sampleLag } from './fan-out-lag.js';

const frame = (createdAt: string) =>
  Buffer.from(
    `{"type":"channelMessage","channelMessage":{"Message":"ü","CreatedAt":"${createdAt}","Seq":9007199254740991}}`,
  );
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

async function lag() {
  const { values } = await fanOutLag.get();
  const of = (name: string) => values.find(({ metricName }) => metricName?.endsWith(name))!.value;
  return { count: of('_count'), sum: of('_sum') };
}

describe('sampleLag', () => {
  it('samples the age of a message once a second, skipping frames that are not messages', async () => {
    sampleLag(Buffer.from('{"type":"sys","sys":{"type":"channelJoin"}}'), 0);
    expect(await lag()).toEqual({ count: 0, sum: 0 });
    sampleLag(frame(ago(2_000)), 1);
    sampleLag(frame(ago(9_000)), 1_000);
    const first = await lag();
    expect(first.count).toBe(1);
    expect(first.sum).toBeGreaterThanOrEqual(2);
    expect(first.sum).toBeLessThan(4);
    sampleLag(frame(ago(0)), 1_001);
    expect((await lag()).count).toBe(2);
  });

  it('treats a message from the future, from a clock that is ahead, as new', async () => {
    const before = await lag();
    sampleLag(frame(ago(-60_000)), 10_000);
    expect(await lag()).toEqual({ count: before.count + 1, sum: before.sum });
  });
});
