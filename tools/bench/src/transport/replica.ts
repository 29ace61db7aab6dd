import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, type MicroserviceOptions, Payload, Transport } from '@nestjs/microservices';
import { RedisTransportServer } from '@parley/redis-transport';
import { NEVER } from 'rxjs';
import { connectorOf } from './connector.js';
import {
  HOLD,
  PATTERN,
  SERVICE,
  type Started,
  startedWith,
  WORK_AT_ONCE,
  WORK_MS,
  WORK_PATTERN,
} from './roles.js';

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

/** One replica of the service: `node transport/replica.js <JSON>`. Says `ready` over IPC. */
async function main(started: Started): Promise<void> {
  const { kind, port, partitions, queueAgeMs } = started;
  const bounds = queueAgeMs === undefined ? {} : { queueAgeMs, maxInFlight: WORK_AT_ONCE };
  const spread = partitions === undefined ? {} : { partitions };
  const connect = connectorOf(started);
  const options: MicroserviceOptions =
    kind === 'stock'
      ? { transport: Transport.REDIS, options: { host: '127.0.0.1', port } }
      : { strategy: new RedisTransportServer({ service: SERVICE, connect, ...spread, ...bounds }) };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(EchoModule, {
    ...options,
    logger: ['error'],
  });
  await app.listen();
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

await main(startedWith());
