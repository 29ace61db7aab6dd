import type { LoggerService } from '@nestjs/common';
import {
  type Deserializer,
  type IncomingResponse,
  IncomingResponseDeserializer,
} from '@nestjs/microservices';
import type { SerialMap } from '../serial-map.js';
import { RedisTransportError } from '../transport-error.js';
import type { ReplyBatch, WireError } from '../wire-format.js';
import type { PendingRequest } from './pending-request.js';

/** Passes incoming replies to the requests that wait for them. */
export class ReplyReader {
  /** Nest's default checks every key of a packet to find out whether the packet is Nest's own; ours always are. */
  private readonly trusting: boolean;

  constructor(
    private readonly requests: SerialMap<PendingRequest>,
    private readonly deserializer: Deserializer,
    private readonly logger: LoggerService,
  ) {
    this.trusting = deserializer.constructor === IncomingResponseDeserializer;
  }

  /** Handles one published message. A foreign message is logged and dropped. */
  read(body: string): void {
    let batch: ReplyBatch;
    try {
      batch = JSON.parse(body) as ReplyBatch;
    } catch (error) {
      this.logger.error(error);
      return;
    }
    if (batch.r) for (const packet of batch.r) this.take(0, packet);
    if (batch.m) for (const [place, packet] of batch.m) this.take(place, packet);
    if (batch.e) for (const error of batch.e) this.fail(error);
  }

  private take(place: number, packet: unknown): void {
    if (this.trusting) {
      this.give(place, packet as IncomingResponse);
      return;
    }
    // Nest allows a promise here. The packets of one reply carry their place, so their order is safe.
    Promise.resolve(this.deserializer.deserialize(packet)).then(
      (response: IncomingResponse) => this.give(place, response),
      (error: unknown) => this.logger.error(error),
    );
  }

  private give(place: number, packet: IncomingResponse): void {
    this.requests.get(Number(packet.id))?.receive(place, packet);
  }

  private fail([id, code, message, details]: WireError): void {
    this.requests.get(Number(id))?.fail(new RedisTransportError(code, message, details));
  }
}
