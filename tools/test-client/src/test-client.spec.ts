import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { TestClient } from './test-client.js';

describe('the WebSocket client for tests', () => {
  let server: WebSocketServer;
  let client: TestClient;
  let peer: WebSocket;
  const say = (frame: object) => peer.send(JSON.stringify(frame));

  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const connected = once(server, 'connection');
    client = await TestClient.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    [peer] = (await connected) as [WebSocket];
  });
  afterEach(async () => {
    await client.drop();
    server.close();
  });

  it('returns frames that came before they were asked for, each once and in order', async () => {
    for (const n of [1, 2, 3]) say({ type: n === 2 ? 'other' : 'wanted', n });
    await client.next((frame) => frame.n === 3);
    expect(client.frames.map((frame) => frame.n)).toEqual([1, 2, 3]);
    expect((await client.next('wanted')).n).toBe(1);
    expect((await client.next('other')).n).toBe(2);
    await expect(client.next('wanted', 10)).rejects.toThrow(
      'no such frame (wanted) came in 10 ms; 3 frames came',
    );
  });

  it('gives one frame to one of two who wait for it', async () => {
    const both = [client.next('wanted'), client.next('wanted')];
    say({ type: 'wanted', n: 1 });
    say({ type: 'wanted', n: 2 });
    expect((await Promise.all(both)).map((frame) => frame.n)).toEqual([1, 2]);
  });

  it('finds the answer to what it asked by its id', async () => {
    peer.on('message', (text) => {
      say({ type: 'broadcast' });
      say({ type: 'answer', id: JSON.parse(text.toString()).id });
    });
    expect((await client.ask({ type: 'question' })).type).toBe('answer');
    expect((await client.ask({ type: 'question', id: 7 })).id).toBe(7);
  });

  it('sends text and bytes as they are', async () => {
    const received: unknown[] = [];
    peer.on('message', (message, isBinary) => received.push(isBinary ? message : message.toString()));
    client.send('no json');
    client.send(Buffer.from([1, 2]));
    client.send({ type: 'ping' });
    await client.close();
    expect(received).toEqual(['no json', Buffer.from([1, 2]), '{"type":"ping"}']);
  });

  it('says how the connection ended, and refuses to wait for what cannot come', async () => {
    const waiting = client.next('wanted');
    peer.close(4001, 'going');
    await expect(waiting).rejects.toThrow('the connection was closed with 4001');
    expect(await client.closed).toEqual({ code: 4001, reason: 'going' });
    await expect(client.next('wanted')).rejects.toThrow('the connection is closed');
  });

  it('rejects when nobody listens', async () => {
    await expect(TestClient.connect('ws://127.0.0.1:1')).rejects.toThrow('ECONNREFUSED');
  });
});
