import { describe, expect, it } from '@jest/globals';
import { bodyOfOne, decodeEntry } from './held-request.js';

const body = JSON.stringify({
  c: '+shop.1',
  t: [100, 200, 300],
  k: [[1, 'key']],
  p: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
});

describe('decodeEntry', () => {
  it('gives each request its own deadline, by the time in the id, and its key', () => {
    const { entry, requests } = decodeEntry('1000-0', ['n', '3', 'b', body], 1);
    expect(entry).toMatchObject({
      id: '1000-0',
      size: 3,
      left: 3,
      clientId: 'shop.1',
      sharded: true,
      marked: false,
    });
    expect(
      requests.map(({ deadline, idempotencyKey, origin }) => [deadline, idempotencyKey, origin]),
    ).toEqual([
      [1_100, undefined, '1000-0/0'],
      [1_200, 'key', '1000-0/1'],
      [1_300, undefined, '1000-0/2'],
    ]);
  });

  it('leaves out what was finished before', () => {
    const { entry, requests } = decodeEntry('1000-0', ['n', '3', 'b', body], 2, new Set([0, 2]));
    expect(entry).toMatchObject({ size: 3, left: 1, marked: true });
    expect(requests.map(({ index }) => index)).toEqual([1]);
  });

  it('finds deadline, key and origin in a request that was split off', () => {
    const { requests } = decodeEntry('1000-0', ['n', '3', 'b', body], 1);
    const { requests: split } = decodeEntry('5000-0', ['n', '1', 't', '1', 'b', bodyOfOne(requests[1]!)], 2);
    expect(split).toHaveLength(1);
    expect(split[0]).toMatchObject({
      deadline: 1_200,
      idempotencyKey: 'key',
      origin: '1000-0/1',
      packet: { id: 'b' },
    });
  });

  it.each([
    'not JSON',
    '{}',
    '[]',
    'null',
    '{"c":1,"p":[]}',
    '{"c":"a:*","t":1,"p":[{}]}',
    '{"c":"a","t":1,"p":{"length":1}}',
    '{"c":"a","t":1,"p":[{},{}]}',
    '{"c":"a","t":1,"k":5,"p":[{}]}',
    '{"c":"a","t":1,"k":[null],"p":[{}]}',
    '{"c":"a","t":1,"o":5,"p":[{}]}',
    '{"c":"a","t":1,"o":"1-0","p":[{}]}',
  ])('refuses %s, and quotes nothing of it', (text) => {
    expect(() => decodeEntry('1-0', ['n', '1', 'b', text], 1)).toThrow(
      /^not a batch of requests[a-zA-Z: ]*$/,
    );
  });

  it('refuses a batch that has more requests than it says; a large request counts as several', () => {
    const one = '{"c":"a","t":1,"p":[{}]}';
    expect(() => decodeEntry('1-0', ['n', '0', 'b', one], 1)).toThrow('more than it says');
    expect(decodeEntry('1-0', ['n', '7', 'b', one], 1)).toMatchObject({ entry: { size: 7, left: 1 } });
    for (const n of ['x', '1e0', '-1', ''])
      expect(decodeEntry('1-0', ['n', n, 'b', one], 1).entry.size).toBe(1);
  });

  it('refuses an entry of a newer version, and takes one without a version', () => {
    const fields = ['n', '1', 'b', '{"c":"a","t":1,"p":[{}]}'];
    expect(decodeEntry('1-0', ['v', '1', ...fields], 1).requests).toHaveLength(1);
    expect(decodeEntry('1-0', fields, 1).requests).toHaveLength(1);
    expect(() => decodeEntry('1-0', ['v', '2', ...fields], 1)).toThrow('newer version');
  });

  it('finds fault with one request of a batch, and leaves the others as they are', () => {
    const text = '{"c":"a","t":[1,"x",1e999],"k":[[1,{}]],"p":[null,{},{}]}';
    const { requests } = decodeEntry('1000-0', ['n', '3', 'b', text], 1);
    expect(requests.map(({ fault, deadline }) => [fault, deadline])).toEqual([
      [undefined, 1_001],
      ['its key is not a string', 1_000],
      [undefined, 3_601_000],
    ]);
  });
});
