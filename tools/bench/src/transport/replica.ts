import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, type MicroserviceOptions, Payload, Transport } from '@nestjs/microservices';
import { RedisTransportServer } from '@parley/redis-transport';
import { Redis } from 'ioredis';
import { NEVER } from 'rxjs';
import { HOLD, PATTERN, SERVICE, type TransportKind } from './roles.js';

@Controller()
class EchoController {
  @MessagePattern(PATTERN)
  echo(@Payload() body: unknown): unknown {
    return body === HOLD ? NEVER : body;
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

/** One replica of the service: `node transport/replica.js <stock|streams> <port>`. Says `ready` over IPC. */
async function main(kind: TransportKind, port: number): Promise<void> {
  const options: MicroserviceOptions =
    kind === 'stock'
      ? { transport: Transport.REDIS, options: { host: '127.0.0.1', port } }
      : { strategy: new RedisTransportServer({ service: SERVICE, connect: () => new Redis(port) }) };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(EchoModule, {
    ...options,
    logger: ['error'],
  });
  await app.listen();
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

await main(process.argv[2] as TransportKind, Number(process.argv[3]));
