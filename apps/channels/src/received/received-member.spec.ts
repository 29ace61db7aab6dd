import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { privateChannel } from '@parley/contracts';
import { isReceivedMember, receivedIn, receivedMember } from './received-member.js';

const newChannel = () => privateChannel(randomUUID(), randomUUID());
const channelUUID = newChannel();

/** The UUID of a message that was sent at a time, in ms. */
function messageAt(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

describe('the member of a received message', () => {
  it('says which message it is, and its Seq', () => {
    // The time, the high 12 bits of a Seq of 38 bits, the next 14 bits, the last 12 bits, and random ones.
    const UUID = '019a1b2c-3d4e-7abc-92f3-fed123456789';
    const member = receivedMember(UUID, channelUUID);
    const messageSeq = 0xabc * 2 ** 26 + 0x12f3 * 2 ** 12 + 0xfed;
    expect(receivedIn(member)).toEqual({ UUID, channelUUID, messageSeq });
    expect(isReceivedMember(member)).toBe(true);
  });

  it('sorts by the time of the message', () => {
    const times = Array.from({ length: 200 }, (_, n) => 1_750_000_000_000 + n * 7_919);
    const members = times.map((ms) => receivedMember(messageAt(ms), newChannel()));
    expect([...members].sort()).toEqual(members);
    // As Redis compares them: byte by byte.
    const bytes = members.map((member) => Buffer.from(member));
    expect([...bytes].sort(Buffer.compare)).toEqual(bytes);
  });

  it('is told from what a caller invents', () => {
    for (const text of ['', 'x', 'a'.repeat(53), `${'a'.repeat(53)} `, 'a'.repeat(55), 'g'.repeat(54)])
      expect(isReceivedMember(text)).toBe(false);
  });
});
