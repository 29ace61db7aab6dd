import { createServer } from 'node:http';
import { createAdapter as createPubSubAdapter } from '@socket.io/redis-adapter';
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import { Server, type Socket } from 'socket.io';
import { readPlace, sayReady } from './place.js';

/**
 * A chat on Socket.IO 4 as its documentation builds one: rooms, an event per message, an acknowledgement when the client asks
 * for one. It stores nothing. Every option has its fastest value: only WebSockets, no compression, and no search for binary
 * data in the streams adapter.
 */
const { host, port, redisUrl, variant } = readPlace();
const redis = new Redis(redisUrl);
const adapter =
  variant === 'streams'
    ? createStreamsAdapter(redis, { onlyPlaintext: true })
    : createPubSubAdapter(redis, redis.duplicate());

const http = createServer();
const io = new Server(http, { adapter, transports: ['websocket'] });

io.on('connection', (socket: Socket) => {
  socket.on('join', (room: string, done: () => void) => {
    void socket.join(room);
    done();
  });
  socket.on('message', (room: string, text: string, done?: () => void) => {
    io.to(room).emit('message', room, text);
    done?.();
  });
});

http.listen(port, host, sayReady);
