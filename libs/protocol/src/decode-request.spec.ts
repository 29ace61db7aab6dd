import { describe, expect, it } from '@jest/globals';
import { decodeRequest, requestIdOf } from './decode-request.js';
import { errorFrame } from './error-frame.js';

const decode = (frame: unknown) => decodeRequest(JSON.stringify(frame));
const fault = (frame: unknown) => {
  const { error } = decode(frame);
  return { name: error?.name, message: error?.message };
};

describe('decodeRequest', () => {
  it('reads a request with its payload under the key named like the type', () => {
    const { request } = decode({
      type: 'signIn',
      id: 7,
      signIn: { username: 'Ada', password: 'secret' },
      more: 1,
    });
    expect(request).toEqual({ type: 'signIn', id: 7, signIn: { username: 'Ada', password: 'secret' } });
  });

  it.each([[{ type: 'users' }], [{ type: 'users', users: null }], [{ type: 'users', users: {} }]])(
    'treats a missing payload as an empty one: %j',
    (frame) => {
      expect(decode(frame).request).toMatchObject({ type: 'users', users: {} });
    },
  );

  it.each(['', null, undefined])('treats recipientUUID %j as none', (recipientUUID) => {
    const { request } = decode({ type: 'channelJoin', channelJoin: { recipientUUID } });
    expect(request).toMatchObject({ channelJoin: {} });
    expect(request).not.toHaveProperty('channelJoin.recipientUUID', expect.any(String));
  });

  it('reads a UUID in any letter case as lower case', () => {
    const recipientUUID = '123E4567-E89B-12D3-A456-426614174000';
    expect(decode({ type: 'channelLeave', channelLeave: { recipientUUID } }).request).toMatchObject({
      channelLeave: { recipientUUID: recipientUUID.toLowerCase() },
    });
  });

  it("reads the partner of a private channel beside the channel's position", () => {
    const channel = { channelUUID: '123e4567-e89b-12d3-a456-426614174000', epoch: 'e', seq: 0 };
    const recipientUUID = '123e4567-e89b-12d3-a456-426614174001';
    const channels = [{ ...channel, recipientUUID }, { ...channel, recipientUUID: '' }, channel];
    const { request } = decode({ type: 'resume', resume: { accessKey: 'k', channels } });
    const read = request as { resume?: { channels: { recipientUUID?: string }[] } } | undefined;
    expect(read?.resume?.channels.map((one) => one.recipientUUID)).toEqual([
      recipientUUID,
      undefined,
      undefined,
    ]);
  });

  it.each(['userAccessKey', 'accessKey'])('reads the access key from %s beside userUUID', (field) => {
    expect(decode({ type: 'users', userUUID: 'u', [field]: 'k' }).request).toMatchObject({
      userUUID: 'u',
      accessKey: 'k',
    });
  });

  it.each([
    [{ type: 'users', userUUID: 5, accessKey: 'k' }],
    [{ type: 'users', accessKey: 'k' }],
    [{ type: 'users', userUUID: 'u' }],
  ])('treats credentials that are not a pair of strings as none: %j', (frame) => {
    expect(decode(frame).request).not.toHaveProperty('accessKey', 'k');
  });

  it.each([
    '7',
    '-1',
    '0',
    '1.5',
    '0.1',
    '1e21',
    '1.0',
    '10E-1',
    '9007199254740991',
    '9007199254740992',
    '123456789012345680000',
    '5e-324',
    '1e23',
  ])('takes %s as an id: it can be written back as the same number', (id) => {
    expect(decodeRequest(`{"type":"ping","id":${id}}`).request).toMatchObject({ id: Number(id) });
  });

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '123456789012345678901',
    '1e400',
    '0.1000000000000000055',
    '5.00000000000000000001',
    '9.007199254740993e15',
    '1e-400',
  ])('refuses %s as an id, and quotes no other number: a double does not hold it', (id) => {
    const { error, raw } = decodeRequest(`{"type":"ping","id":${id}}`);
    expect(error).toMatchObject({ name: 'INVALID_FIELD', message: expect.stringMatching(/^id: /) });
    expect(requestIdOf(raw)).toBeUndefined();
    expect(raw).toEqual({ type: 'ping' });
  });

  it.each([
    ['{"id":"9007199254740993","type":"ping","id" : 7 ,"ping":{}}', 7],
    ['{"id":9007199254740993,"type":"ping","id":7}', 7],
    ['{"type":"ping","\\u0069d":7,"x":{"id":9007199254740993},"y":[{"id":9007199254740993}]}', 7],
    ['{"id":7,"x":"id","type":"ping","y":"\\"id\\":9007199254740993"}', 7],
    ['{"type":"ping","id":7,"\\\\":"\\\\","ping":{"id":9007199254740993}}', 7],
  ])('finds the id that counts: %s', (text, id) => {
    expect(decodeRequest(text).request).toMatchObject({ type: 'ping', id });
  });

  it.each([
    '{"id":7,"type":"ping","id":9007199254740993}',
    '{"type":"ping","\\u0069\\u0064"\n:\t9007199254740993}',
    '{"x":{"id":7},"type":"ping","id":9007199254740993}',
  ])('finds the id that counts: %s', (text) => {
    expect(decodeRequest(text).error?.name).toBe('INVALID_FIELD');
  });

  it.each([
    ['users', 'offset'],
    ['users', 'limit'],
    ['channelJoin', 'limit'],
    ['channelMessages', 'before'],
    ['channelMessages', 'after'],
    ['channelMessages', 'offset'],
    ['channelMessages', 'limit'],
    ['inbox', 'seq'],
  ])('refuses numbers beyond those that a double counts exactly: %s.%s', (type, field) => {
    for (const number of ['9007199254740993', '9007199254740992', '1e400', '-9007199254740993']) {
      const { error } = decodeRequest(`{"type":"${type}","${type}":{"${field}":${number}}}`);
      expect(error).toMatchObject({
        name: 'INVALID_FIELD',
        message: expect.stringContaining(`${type}.${field}`),
      });
    }
  });

  it.each(['', '[]', '"text"', '1', 'null', '{', '{"type":"ping"'])('calls %j BAD_JSON', (text) => {
    const { error, raw } = decodeRequest(text);
    expect(error?.name).toBe('BAD_JSON');
    expect(raw).toBeNull();
  });

  it.each(['nope', '__proto__', 'constructor', 'toString', ''])('calls the type %j unknown', (type) => {
    expect(fault(JSON.parse(`{"type":${JSON.stringify(type)}}`))).toMatchObject({ name: 'UNKNOWN_TYPE' });
  });

  it.each(['[', '{"a":'])('reads 100,000 of %s, closed or not', (open) => {
    const [depth, close] = [100_000, open === '[' ? ']' : '}'];
    expect(decodeRequest(open.repeat(depth)).error?.name).toBe('BAD_JSON');
    const deep = open.repeat(depth) + (open === '[' ? '' : '1') + close.repeat(depth);
    expect(decodeRequest(`{"id":7,"type":"ping","deep":${deep},"id":8}`).request).toEqual({
      type: 'ping',
      id: 8,
      ping: {},
    });
    const { error, raw } = decodeRequest(`{"type":"users","users":{"limit":${deep}}}`);
    expect(error?.name).toBe('INVALID_FIELD');
    expect(JSON.stringify(errorFrame(error!, raw)).length).toBeLessThan(1_000);
  });

  it('reads a very long number in a time that grows with its length only', () => {
    const before = process.cpuUsage();
    for (const last of ['1', '0', '']) {
      const { request, error } = decodeRequest(`{"type":"ping","id":1.${'0'.repeat(128 * 1_024)}${last}}`);
      expect([request?.id, error?.name]).toEqual(
        last === '1' ? [undefined, 'INVALID_FIELD'] : [1, undefined],
      );
    }
    const { user, system } = process.cpuUsage(before);
    // Where each zero looked at all after it, 60,000 took 5.5 s of a core, and twice as many four times that.
    expect(user + system).toBeLessThan(5_000_000);
  });

  it('takes the prototype of an object for an unknown field', () => {
    const { request } = decodeRequest(
      '{"__proto__":{"id":7},"type":"users","users":{"__proto__":{"limit":-1}}}',
    );
    expect(request).toEqual({ type: 'users', users: {} });
    expect(request?.id).toBeUndefined();
    expect(decodeRequest('{"__proto__":{"type":"ping"}}').error?.name).toBe('INVALID_FIELD');
  });

  it.each([
    ['a message', 'channelMessage', 'message'],
    ['the id of a message', 'channelMessage', 'clientUUID'],
    ['a username', 'signIn', 'username'],
    ['a password', 'signIn', 'password'],
  ])('refuses a lone surrogate in %s', (_, type, field) => {
    const whole = { message: 'x', username: 'x', password: 'x', accessKey: 'x', [field]: 'a\ud800' };
    expect(fault({ type, [type]: whole })).toMatchObject({ name: 'INVALID_FIELD' });
  });

  it('keeps NUL in a message, and refuses it in a username', () => {
    const message = 'a\u0000b';
    expect(decode({ type: 'channelMessage', channelMessage: { message } }).request).toMatchObject({
      channelMessage: { message },
    });
    const signIn = { username: message, password: 'x' };
    expect(fault({ type: 'signIn', signIn })).toMatchObject({ name: 'INVALID_FIELD' });
  });

  it.each([
    [{}, 'type: expected a string'],
    [{ type: 5 }, 'type: expected a string'],
    [
      { type: 'ping', id: true },
      'id: expected a string of 1 to 64 characters or a number that a double holds exactly',
    ],
    [
      { type: 'ping', id: '' },
      'id: expected a string of 1 to 64 characters or a number that a double holds exactly',
    ],
    [
      { type: 'ping', id: 'x'.repeat(65) },
      'id: expected a string of 1 to 64 characters or a number that a double holds exactly',
    ],
    [{ type: 'ping', ping: 'x' }, 'ping: expected an object'],
    [{ type: 'signIn' }, 'signIn.username: expected a string'],
    [{ type: 'signIn', signIn: { username: 'Ada' } }, 'signIn.password: expected a string'],
    [
      { type: 'signIn', signIn: { token: 7 } },
      'signIn.token: expected a JSON Web Token of at most 16384 characters, or the key of a bot',
    ],
    [
      { type: 'refresh', refresh: { token: 'no token' } },
      'refresh.token: expected a JSON Web Token of at most 16384 characters',
    ],
    [
      { type: 'signIn', signIn: { username: '', password: 'x' } },
      'signIn.username: expected 1 to 64 characters',
    ],
    [
      { type: 'signIn', signIn: { username: 'a\u0007', password: 'x' } },
      'signIn.username: expected no control characters',
    ],
    [{ type: 'signIn', signIn: { username: 'a', password: '' } }, 'signIn.password: expected 1 to 256 bytes'],
    [
      { type: 'signIn', signIn: { username: 'a', password: 'é'.repeat(129) } },
      'signIn.password: expected 1 to 256 bytes',
    ],
    [
      { type: 'users', users: { offset: -1 } },
      'users.offset: expected a whole number from 0 to 9007199254740991',
    ],
    [{ type: 'users', users: { limit: 1.5 } }, 'users.limit: expected a whole number from 1 to 1000'],
    [
      { type: 'channelJoin', channelJoin: { limit: 101 } },
      'channelJoin.limit: expected a whole number from 1 to 100',
    ],
    [{ type: 'channelJoin', channelJoin: { order: 'up' } }, 'channelJoin.order: expected "asc" or "desc"'],
    [
      { type: 'channelJoin', channelJoin: { recipientUUID: 'me' } },
      'channelJoin.recipientUUID: expected a UUID or nothing',
    ],
    [
      { type: 'channelMessage', channelMessage: { message: '' } },
      'channelMessage.message: expected at least 1 character',
    ],
    [
      { type: 'channelMessage', channelMessage: { message: '\ud800' } },
      'channelMessage.message: expected valid Unicode without lone surrogates',
    ],
    [
      { type: 'channelMessage', channelMessage: { message: 'x', clientUUID: 'x'.repeat(65) } },
      'channelMessage.clientUUID: expected 1 to 64 characters',
    ],
  ])('names the field and what was expected: %j', (frame, message) => {
    expect(fault(frame)).toEqual({ name: 'INVALID_FIELD', message });
  });

  it('counts the characters of a message in code points, up to 4,000', () => {
    const post = (message: string) => decode({ type: 'channelMessage', channelMessage: { message } });
    expect(post('😀'.repeat(4_000)).request).toBeDefined();
    expect(post('😀'.repeat(4_001)).error?.name).toBe('MESSAGE_TOO_LONG');
  });

  it('normalises a username to NFC before counting', () => {
    const decomposed = 'e\u0301'.repeat(64);
    expect(decode({ type: 'signUp', signUp: { username: decomposed, password: 'x' } }).request).toMatchObject(
      {
        signUp: { username: 'é'.repeat(64) },
      },
    );
  });

  it('keeps the id of a request that is otherwise wrong, for its answer', () => {
    expect(requestIdOf(decode({ type: 'nope', id: 'a' }).raw)).toBe('a');
    expect(requestIdOf(decode({ type: 'nope', id: {} }).raw)).toBeUndefined();
  });
});
