import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { Redis } from 'ioredis';
import { type WebSocket, WebSocketServer } from 'ws';
import { readPlace, sayReady } from './place.js';

/**
 * What the kernel needs: a message is framed once for all members of its room, and each of them gets it in one write. Speaks
 * as the naive Nest gateway does. It keeps no order beyond Redis's, knows no slow clients, and stores nothing.
 */
const { host, port, redisUrl } = readPlace();
const CHANNEL = 'messages';
const publisher = new Redis(redisUrl);
const subscriber = new Redis(redisUrl);
const rooms = new Map<string, Set<Duplex>>();

const http = createServer();
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });

http.on('upgrade', (request, raw, head) => {
  server.handleUpgrade(request, raw, head, (socket) => take(socket, raw));
});

function take(socket: WebSocket, raw: Duplex): void {
  socket.on('message', (text: Buffer) => {
    const { event, data } = JSON.parse(text.toString()) as { event: string; data: unknown };
    if (event === 'message') void publisher.publish(CHANNEL, JSON.stringify(data));
    else join(data as string, socket, raw);
  });
}

function join(room: string, socket: WebSocket, raw: Duplex): void {
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(raw));
  socket.on('close', () => members.delete(raw));
  socket.send(JSON.stringify({ event: 'joined', data: room }));
}

subscriber.on('message', (_, text) => {
  const { room } = JSON.parse(text) as { room: string };
  const frame = textFrame(Buffer.from(`{"event":"message","data":${text}}`));
  for (const raw of rooms.get(room) ?? []) raw.write(frame);
});

/** A frame of RFC 6455 with less than 64 KiB of text. */
function textFrame(text: Buffer): Buffer {
  const header = text.length < 126 ? [0x81, text.length] : [0x81, 126, text.length >> 8, text.length & 0xff];
  return Buffer.concat([Buffer.from(header), text]);
}

await subscriber.subscribe(CHANNEL);
http.listen(port, host, sayReady);
