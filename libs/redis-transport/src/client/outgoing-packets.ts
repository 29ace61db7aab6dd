import type { ReadPacket, Serializer, WritePacket } from '@nestjs/microservices';
import { RedisRequest, type RedisRequestOptions } from '../redis-request.js';
import type { RedisTransportError } from '../transport-error.js';
import { CLIENT_BOUNDS } from '../transport-options.js';
import { PendingEvent } from './pending-event.js';
import { PendingRequest, type RequestOwner } from './pending-request.js';

/** V8 internalizes each string of up to 10 characters that it parses from JSON, which is costly for ids, which never recur. */
const ID_LENGTH = 11;

/** Turns Nest's packets into requests and events in their stored form. */
export class OutgoingPackets {
  constructor(
    private readonly serializer: Serializer,
    private readonly deadlineMs: number,
  ) {}

  /** @throws RangeError for a deadline out of its bounds, and what the serializer throws. */
  request(
    number: number,
    packet: ReadPacket,
    callback: (packet: WritePacket) => void,
    owner: RequestOwner,
  ): PendingRequest {
    const { pattern, metadata } = packet;
    const { data, deadlineMs, ...options } = this.unwrap(packet);
    const id = String(number).padStart(ID_LENGTH, '0');
    const json = this.encode(metadata ? { pattern, data, metadata, id } : { pattern, data, id });
    return new PendingRequest(number, json, deadlineMs, options, callback, owner);
  }

  /** @throws as `request` does. */
  event(
    number: number,
    packet: ReadPacket,
    route: string,
    settle: (error?: RedisTransportError) => void,
  ): PendingEvent {
    const { data, deadlineMs } = this.unwrap(packet);
    return new PendingEvent(number, route, this.encode({ ...packet, data }), deadlineMs, settle);
  }

  private encode(packet: object): string {
    return JSON.stringify(this.serializer.serialize(packet));
  }

  private unwrap({ data }: ReadPacket): { data: unknown; deadlineMs: number } & RedisRequestOptions {
    if (!(data instanceof RedisRequest)) return { data, deadlineMs: this.deadlineMs };
    const { deadlineMs = this.deadlineMs } = data.options;
    const [, , max] = CLIENT_BOUNDS.deadlineMs;
    if (!(deadlineMs > 0 && deadlineMs <= max))
      throw new RangeError(`deadlineMs must be above 0, at most ${max}`);
    return { ...data.options, data: data.data, deadlineMs };
  }
}
