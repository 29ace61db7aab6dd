import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Deserializer, WritePacket } from '@nestjs/microservices';
import { SerialMap } from '../serial-map.js';
import { Elsewhere } from './elsewhere.js';
import { PendingRequest } from './pending-request.js';
import { ReplyReader } from './reply-reader.js';

const GOOD = { id: '2', response: 'good', isDisposed: true };

/** A reader, and two requests that wait: 1, which something happens to, and 2, which it must not concern. */
function setUp(deserializer?: Deserializer) {
  const logged: unknown[] = [];
  const logger = { ...new Logger(), error: (error: unknown) => logged.push(error) } as unknown as Logger;
  const requests = new SerialMap<PendingRequest>();
  const told: [number, WritePacket][] = [];
  let isDeaf = false;
  for (const number of [1, 2]) {
    const callback = (packet: WritePacket) => {
      if (isDeaf && number === 1 && !packet.err) throw new Error('cannot take it');
      told.push([number, packet]);
    };
    const owner = { ended: () => requests.delete(number), unheard: (error: unknown) => logged.push(error) };
    requests.set(requests.next(), new PendingRequest(number, '{}', 1_000, {}, callback, owner));
  }
  return {
    reader: new ReplyReader(requests, deserializer, logger, new Elsewhere(() => undefined)),
    logged,
    told,
    deafen: () => {
      isDeaf = true;
    },
  };
}

describe('ReplyReader', () => {
  it.each([
    'secret, not JSON',
    'null',
    '5',
    '"r"',
    '{"r":5,"m":{},"e":"x"}',
    '{"r":[null,5,"x",[],{},{"id":{}},{"id":{"toString":1}},{"id":3}]}',
    '{"m":[null,5,[],[0,{"id":"1"}],["1",{"id":"1"}],[1],[1,null],[1.5,{"id":"1"}],[-1,{"id":"1"}]]}',
    '{"e":[null,5,[],[null],[{"toString":1},"OVERLOADED","x"],["9","OVERLOADED","x"]]}',
  ])('drops what is no reply: %s', (body) => {
    const { reader, told, logged } = setUp();
    reader.read(body);
    expect(told).toEqual([]);
    reader.read(JSON.stringify({ r: [GOOD] }));
    expect(told).toEqual([[2, { err: undefined, response: 'good', isDisposed: true }]]);
    expect(String(logged)).not.toContain('secret');
  });

  it('passes on the replies that come with one that is none', () => {
    const { reader, told } = setUp();
    reader.read(JSON.stringify({ r: [null, GOOD], m: [null], e: [null, ['1', 'OVERLOADED', 'full']] }));
    expect(told).toEqual([
      [2, expect.objectContaining({ response: 'good' })],
      [1, expect.objectContaining({ err: expect.objectContaining({ code: 'OVERLOADED' }) })],
    ]);
  });

  it.each([
    ['A_LATER_CODE', { retryable: true }, { code: 'UNAVAILABLE', retryable: true }],
    ['constructor', { retryable: false }, { code: 'UNAVAILABLE', retryable: false }],
    [
      'IN_PROGRESS',
      { retryAfterMs: 7, cause: 'x' },
      { code: 'IN_PROGRESS', retryAfterMs: 7, retryable: true },
    ],
    ['IN_PROGRESS', null, { code: 'IN_PROGRESS' }],
    [5, { retryAfterMs: 'x' }, { code: 'UNAVAILABLE' }],
  ])('understands an error with the code %s and the details %j', (code, details, error) => {
    const { reader, told } = setUp();
    reader.read(JSON.stringify({ e: [['1', code, 'text', details]] }));
    expect(told).toEqual([[1, { err: expect.objectContaining(error), isDisposed: true }]]);
    expect(told[0]?.[1].err).not.toHaveProperty('cause');
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('unreadable');
      },
    ],
    ['rejects', () => Promise.reject(new Error('unreadable'))],
    ['gives nothing', () => undefined],
    ['gives a packet of nobody', () => ({ response: 1 })],
  ])('ends the request of a reply for which the deserializer %s, and no other', async (_, fails) => {
    const deserialize = (packet: { id: string }) => (packet.id === '1' ? fails() : packet);
    const { reader, told } = setUp({ deserialize } as Deserializer);
    reader.read(JSON.stringify({ r: [{ id: '1', response: 'bad' }, GOOD] }));
    await new Promise(setImmediate);
    expect(told).toHaveLength(2);
    expect(told).toContainEqual([2, expect.objectContaining({ response: 'good' })]);
    const err = expect.objectContaining({ code: 'UNAVAILABLE', retryable: false });
    expect(told).toContainEqual([1, { err, isDisposed: true }]);
  });

  it('ends the request of a caller that cannot take its reply, and no other', () => {
    const { reader, told, deafen } = setUp();
    deafen();
    reader.read(JSON.stringify({ r: [{ id: '1', response: 'odd' }, GOOD] }));
    expect(told).toEqual([
      [1, { err: expect.objectContaining({ message: 'cannot take it' }), isDisposed: true }],
      [2, expect.objectContaining({ response: 'good' })],
    ]);
  });
});
