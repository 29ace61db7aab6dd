import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { Redis } from 'ioredis';
import type { WebSocket } from 'ws';
import { readPlace, sayReady } from './place.js';

const { host, port, redisUrl } = readPlace();
/** Every replica subscribes to it and delivers to its own members of the room, as examples of Nest with Redis do. */
const CHANNEL = 'messages';

interface Post {
  room: string;
  text: string;
}

/** The chat gateway of tutorials: one pub/sub channel, and a new frame for each client. It stores nothing. */
@WebSocketGateway()
class ChatGateway implements OnGatewayDisconnect {
  private readonly rooms = new Map<string, Set<WebSocket>>();
  private readonly joined = new WeakMap<WebSocket, Set<string>>();
  private readonly publisher = new Redis(redisUrl);
  private readonly subscriber = new Redis(redisUrl);

  async onModuleInit(): Promise<void> {
    this.subscriber.on('message', (_, text) => this.deliver(JSON.parse(text) as Post));
    await this.subscriber.subscribe(CHANNEL);
  }

  @SubscribeMessage('join')
  join(@MessageBody() room: string, @ConnectedSocket() client: WebSocket) {
    this.rooms.set(room, (this.rooms.get(room) ?? new Set()).add(client));
    this.joined.set(client, (this.joined.get(client) ?? new Set()).add(room));
    return { event: 'joined', data: room };
  }

  @SubscribeMessage('message')
  async post(@MessageBody() post: Post): Promise<void> {
    await this.publisher.publish(CHANNEL, JSON.stringify(post));
  }

  handleDisconnect(client: WebSocket): void {
    for (const room of this.joined.get(client) ?? []) {
      const members = this.rooms.get(room);
      members?.delete(client);
      if (members?.size === 0) this.rooms.delete(room);
    }
  }

  private deliver(post: Post): void {
    for (const client of this.rooms.get(post.room) ?? []) {
      client.send(JSON.stringify({ event: 'message', data: post }));
    }
  }
}

@Module({ providers: [ChatGateway] })
class ChatModule {}

const app = await NestFactory.create(ChatModule, new FastifyAdapter(), { logger: ['error'] });
app.useWebSocketAdapter(new WsAdapter(app));
await app.listen(port, host);
sayReady();
