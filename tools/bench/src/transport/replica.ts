import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, type MicroserviceOptions, Payload, Transport } from '@nestjs/microservices';
import { RedisTransportServer } from '@parley/redis-transport';
import { Redis } from 'ioredis';
import { NEVER } from 'rxjs';
import { HOLD, PATTERN, SERVICE, type TransportKind, WORK_AT_ONCE, WORK_MS, WORK_PATTERN } from './roles.js';

@Controller()
class EchoController {
  @MessagePattern(PATTERN)
  echo(@Payload() body: unknown): unknown {
    return body === HOLD ? NEVER : body;
  }

  @MessagePattern(WORK_PATTERN)
  async work(): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, WORK_MS));
    return 'done';
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

/** One replica of the service: `node transport/replica.js <stock|streams> <port> [<queueAgeMs>]`. Says `ready` over IPC. */
async function main(kind: TransportKind, port: number, queueAgeMs: number | undefined): Promise<void> {
  const bounds = queueAgeMs === undefined ? {} : { queueAgeMs, maxInFlight: WORK_AT_ONCE };
  const options: MicroserviceOptions =
    kind === 'stock'
      ? { transport: Transport.REDIS, options: { host: '127.0.0.1', port } }
      : {
          strategy: new RedisTransportServer({ service: SERVICE, connect: () => new Redis(port), ...bounds }),
        };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(EchoModule, {
    ...options,
    logger: ['error'],
  });
  await app.listen();
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

const [, , kind, port, queueAgeMs] = process.argv;
await main(kind as TransportKind, Number(port), queueAgeMs === undefined ? undefined : Number(queueAgeMs));
