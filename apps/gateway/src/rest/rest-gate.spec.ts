import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { newApiKey, type UseOutcome } from '@parley/contracts';
import { AppError, KEY_SCOPES } from '@parley/protocol';
import { AllowedOrigins } from '../socket/allowed-origins.js';
import { Cors } from './cors.js';
import type { UseOfKey } from './operators/api-keys.js';
import { RequestRates } from './request-rates.js';
import {
  type HookReply,
  type HookRequest,
  REQUESTS_AT_ONCE,
  REQUESTS_OF_ONE,
  RestGate,
} from './rest-gate.js';
import type { Asker } from './rest-request.js';

const ADA = { sessionId: 's', user: { UUID: 'ada', Username: 'Ada' } } satisfies Asker;

const KEY = newApiKey();
const NOTED = { kind: 'operations', entry: '1-1' } as const;

/** What the one key opens that is valid here: everything, and "unknown" is no user. */
function opened({ actAs }: UseOfKey): Asker {
  if (actAs !== undefined && !('userUUID' in actAs)) throw new AppError('USER_NOT_FOUND');
  const key = { id: KEY.id, proof: KEY.proof, name: 'k', scopes: KEY_SCOPES, noted: NOTED };
  return { ...(actAs && { user: { ...ADA.user, UUID: actAs.userUUID } }), key };
}

/** A gate in front of users whose access key is their name, and the questions that it has asked. */
function gateWith({ burst = 100, keyBurst = 100, isEnding = false } = {}) {
  const asked: (string | undefined)[] = [];
  const settled: UseOutcome[] = [];
  const gate = new RestGate({
    authenticator: {
      authenticate: async (authorization, _, use) => {
        asked.push(authorization);
        if (authorization === 'Bearer ada') return ADA;
        if (authorization === `Bearer ${KEY.key}`) return opened(use);
        if (authorization?.startsWith('Bearer user-')) return { user: { ...ADA.user, UUID: authorization } };
        throw new AppError(authorization === undefined ? 'NOT_SIGNED_IN' : 'SESSION_EXPIRED');
      },
    },
    rates: new RequestRates({ perSecond: 0.001, burst }, { perSecond: 0.001, burst: keyBurst }),
    cors: new Cors(new AllowedOrigins(['https://pages.example'], false)),
    trustProxy: false,
    settle: (outcome) => settled.push(outcome),
    isEnding: () => isEnding,
  });
  return { gate, asked, settled };
}

/** A request on its way, whose answer can be ended. */
function exchange(headers: Record<string, string>, operation: string | undefined = 'getUser') {
  const raw = Object.assign(new EventEmitter(), { writableFinished: true, statusCode: 200 });
  const told: Record<string, string> = {};
  const request = {
    ...{ method: 'GET', url: '/api/v1/users/me', headers, params: {}, query: {}, body: undefined },
    routeOptions: { config: { operation } },
    raw: { method: 'GET', headers, socket: { remoteAddress: '192.0.2.1' } } as unknown as IncomingMessage,
  } as HookRequest;
  const reply: HookReply = {
    raw: raw as unknown as ServerResponse,
    headers: (values) => Object.assign(told, values) && reply,
    status: () => reply,
    send: () => reply,
  };
  const end = () => Object.assign(raw, { closed: true }).emit('close');
  return { request, reply, told, end };
}

describe('the gate of REST', () => {
  it('lets in who has a session, and notes who that is', async () => {
    const { gate } = gateWith();
    const { request, reply } = exchange({ authorization: 'Bearer ada' });
    expect(await gate.admit(request, reply)).toBe(true);
    expect(request.rest).toMatchObject({ asker: ADA, address: '192.0.2.1' });
  });

  it('asks auth about a network no more when it has brought too many wrong keys', async () => {
    const { gate, asked } = gateWith({ burst: 3 });
    const attempt = () => {
      const { request, reply } = exchange({ authorization: 'Bearer wrong' });
      return gate.admit(request, reply);
    };
    for (let n = 0; n < 3; n += 1) await expect(attempt()).rejects.toMatchObject({ name: 'SESSION_EXPIRED' });
    await expect(attempt()).rejects.toMatchObject({ name: 'RATE_LIMITED' });
    expect(asked).toHaveLength(3);
  });

  it('answers so many requests at once, and refuses more until one has ended', async () => {
    const { gate } = gateWith({ burst: 10_000 });
    const open = Array.from({ length: REQUESTS_AT_ONCE }, (_, n) =>
      exchange({ authorization: `Bearer user-${n % 8}` }),
    );
    for (const { request, reply } of open) await gate.admit(request, reply);
    const late = exchange({ authorization: 'Bearer ada' });
    await expect(gate.admit(late.request, late.reply)).rejects.toMatchObject({ name: 'OVERLOADED' });
    late.end();
    open[0]!.end();
    const next = exchange({ authorization: 'Bearer ada' });
    expect(await gate.admit(next.request, next.reply)).toBe(true);
  });

  it('answers only so many requests of one user at once, and others meanwhile', async () => {
    const { gate } = gateWith({ burst: 10_000 });
    const open = Array.from({ length: REQUESTS_OF_ONE }, () => exchange({ authorization: 'Bearer ada' }));
    for (const { request, reply } of open) await gate.admit(request, reply);
    const late = exchange({ authorization: 'Bearer ada' });
    await expect(gate.admit(late.request, late.reply)).rejects.toMatchObject({ name: 'RATE_LIMITED' });
    const other = exchange({ authorization: 'Bearer user-1' });
    expect(await gate.admit(other.request, other.reply)).toBe(true);
    open[0]!.end();
    const next = exchange({ authorization: 'Bearer ada' });
    expect(await gate.admit(next.request, next.reply)).toBe(true);
  });

  it('counts nobody among those whom it answers who has gone while auth was asked', async () => {
    const { gate } = gateWith({ burst: 10_000 });
    for (let n = 0; n < REQUESTS_OF_ONE; n += 1) {
      const { request, reply, end } = exchange({ authorization: 'Bearer ada' });
      const admitted = gate.admit(request, reply);
      end();
      await expect(admitted).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    }
    const next = exchange({ authorization: 'Bearer ada' });
    expect(await gate.admit(next.request, next.reply)).toBe(true);
  });

  it('guards an operation by whatever URL the router has found it', async () => {
    const { gate } = gateWith();
    for (const url of ['/%61pi/v1/users/me', 'http://chat.example/api/v1/users/me']) {
      const { request, reply } = exchange({});
      const asked = {
        ...request,
        url,
        routeOptions: { ...request.routeOptions, url: '/api/v1/users/:userUUID' },
      };
      await expect(gate.admit(asked, reply)).rejects.toMatchObject({ name: 'NOT_SIGNED_IN' });
    }
  });

  it('refuses a page of another origin before auth is asked', async () => {
    const { gate, asked } = gateWith();
    const { request, reply } = exchange({ authorization: 'Bearer ada', origin: 'https://elsewhere.example' });
    await expect(gate.admit(request, reply)).rejects.toMatchObject({ name: 'FORBIDDEN' });
    expect(asked).toEqual([]);
  });

  it('refuses a body of another kind before it is read', async () => {
    const { gate } = gateWith();
    const { request, reply } = exchange({ authorization: 'Bearer ada' }, 'postMessage');
    await expect(gate.admit(request, reply)).rejects.toMatchObject({ status: 415 });
  });

  it('tells clients of a process that ends to connect elsewhere', async () => {
    const { gate } = gateWith({ isEnding: true });
    const { request, reply, told } = exchange({ authorization: 'Bearer ada' });
    await gate.admit(request, reply);
    expect(told).toMatchObject({ connection: 'close' });
  });

  describe('for keys', () => {
    const ACTED = '7b8e0f5e-6d1c-4f6a-9a3e-000000000001';
    const bringing = (headers: Record<string, string> = {}, operation = 'getUser') =>
      exchange({ authorization: `Bearer ${KEY.key}`, ...headers }, operation);

    it('lets in a key as the user whom it acts for', async () => {
      const { gate } = gateWith();
      const { request, reply } = bringing({ 'parley-act-as': ACTED.toUpperCase() });
      expect(await gate.admit(request, reply)).toBe(true);
      expect(request.rest?.asker).toMatchObject({ user: { UUID: ACTED }, key: { id: KEY.id } });
    });

    it('tells the audit how it ended, once', async () => {
      const { gate, settled } = gateWith();
      const { request, reply, end } = bringing({ 'parley-act-as': ACTED });
      await gate.admit(request, reply);
      request.rest!.failedWith = 'CHANNEL_NOT_FOUND';
      end();
      expect(settled).toEqual([{ ...NOTED, outcome: 'CHANNEL_NOT_FOUND', object: undefined }]);
    });

    it('tells the audit how it ended for who has gone before it did', async () => {
      const { gate, settled } = gateWith();
      const { request, reply, end } = bringing();
      await gate.admit(request, reply);
      Object.assign(reply.raw, { writableFinished: false });
      end();
      expect(settled).toEqual([]);
      request.rest!.isDone = true;
      request.rest!.ended?.();
      expect(settled).toEqual([{ ...NOTED, outcome: 'OK', object: undefined }]);
    });

    it('does nothing for who has gone while auth was asked, and says so in the audit', async () => {
      const { gate, settled } = gateWith();
      const { request, reply, end } = bringing();
      const admitted = gate.admit(request, reply);
      end();
      await expect(admitted).rejects.toMatchObject({ name: 'UNAVAILABLE' });
      expect(settled).toEqual([{ ...NOTED, outcome: 'UNAVAILABLE', object: undefined }]);
    });

    it('has a rate for each key, above which auth is not asked', async () => {
      const { gate, asked } = gateWith({ burst: 1, keyBurst: 3 });
      const attempt = () => {
        const { request, reply, end } = bringing({ 'parley-act-as': ACTED });
        return gate.admit(request, reply).finally(end);
      };
      for (let n = 0; n < 3; n += 1) expect(await attempt()).toBe(true);
      await expect(attempt()).rejects.toMatchObject({ name: 'RATE_LIMITED' });
      expect(asked).toHaveLength(3);
    });

    it('lets a key pay itself for users whom it does not find', async () => {
      const { gate } = gateWith({ burst: 1, keyBurst: 2 });
      const attempt = () => {
        const { request, reply } = bringing({ 'parley-act-as': 'external::nobody' });
        return gate.admit(request, reply);
      };
      for (let n = 0; n < 2; n += 1)
        await expect(attempt()).rejects.toMatchObject({ name: 'USER_NOT_FOUND' });
      await expect(attempt()).rejects.toMatchObject({ name: 'RATE_LIMITED' });
      const other = exchange({});
      await expect(gate.admit(other.request, other.reply)).rejects.toMatchObject({ name: 'NOT_SIGNED_IN' });
    });

    it('lets the network pay for what nobody asks auth about, whatever key it makes up', async () => {
      const { gate } = gateWith({ burst: 2 });
      const attempt = () => {
        const headers = { authorization: `Bearer ${newApiKey().key}`, 'parley-act-as': 'nobody' };
        const { request, reply } = exchange(headers);
        return gate.admit(request, reply);
      };
      for (let n = 0; n < 2; n += 1) await expect(attempt()).rejects.toMatchObject({ name: 'INVALID_FIELD' });
      await expect(attempt()).rejects.toMatchObject({ name: 'RATE_LIMITED' });
    });

    it('refuses everybody else what needs a scope, before the body is read', async () => {
      const { gate } = gateWith();
      const { request, reply } = exchange({ authorization: 'Bearer ada' }, 'createKey');
      await expect(gate.admit(request, reply)).rejects.toMatchObject({
        name: 'FORBIDDEN',
        message: 'This needs a key with the scope keys.',
      });
    });
  });
});
