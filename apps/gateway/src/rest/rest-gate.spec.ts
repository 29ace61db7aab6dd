import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { AppError } from '@parley/protocol';
import { AllowedOrigins } from '../socket/allowed-origins.js';
import { Cors } from './cors.js';
import { RequestRates } from './request-rates.js';
import {
  type HookReply,
  type HookRequest,
  REQUESTS_AT_ONCE,
  REQUESTS_OF_ONE,
  RestGate,
} from './rest-gate.js';
import type { Asker } from './rest-request.js';

const ADA: Asker = { sessionId: 's', user: { UUID: 'ada', Username: 'Ada' } };

/** A gate in front of users whose access key is their name, and the questions that it has asked. */
function gateWith({ burst = 100, isEnding = false } = {}) {
  const asked: (string | undefined)[] = [];
  const gate = new RestGate({
    authenticator: {
      authenticate: async (authorization) => {
        asked.push(authorization);
        if (authorization === 'Bearer ada') return ADA;
        if (authorization?.startsWith('Bearer user-')) return { user: { ...ADA.user, UUID: authorization } };
        throw new AppError(authorization === undefined ? 'NOT_SIGNED_IN' : 'SESSION_EXPIRED');
      },
    },
    rates: new RequestRates({ perSecond: 0.001, burst }),
    cors: new Cors(new AllowedOrigins(['https://pages.example'], false)),
    trustProxy: false,
    isEnding: () => isEnding,
  });
  return { gate, asked };
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
  return { request, reply, told, end: () => raw.emit('close') };
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
});
