import type { ReadPacket, Serializer, WritePacket } from '@nestjs/microservices';
import { isPromise } from '../is-promise.js';
import type { DispatchedPacket } from '../packet-metadata.js';
import { partitionOf } from '../partitions.js';
import { RedisRequest, type RedisRequestOptions } from '../redis-request.js';
import type { RedisTransportError } from '../transport-error.js';
import { CLIENT_BOUNDS } from '../transport-options.js';
import { MAX_PACKET } from '../wire-format.js';
import { PendingEvent } from './pending-event.js';
import { PendingRequest, type RequestOwner } from './pending-request.js';

/** V8 internalizes each string of up to 10 characters that it parses from JSON, which is costly for ids, which never recur. */
const ID_LENGTH = 11;

/** Turns Nest's packets into requests and events in their stored form. */
export class OutgoingPackets {
  constructor(
    private readonly serializer: Serializer,
    private readonly limits: { deadlineMs: number; partitions: number },
  ) {}

  /** @throws RangeError for a deadline or a size out of its bounds, TypeError for what JSON cannot hold, and what the serializer throws. */
  request(
    number: number,
    packet: DispatchedPacket,
    callback: (packet: WritePacket) => void,
    owner: RequestOwner,
  ): PendingRequest {
    const { pattern, metadata } = packet;
    const { data, deadlineMs, ...options } = this.unwrap(packet);
    const id = String(number).padStart(ID_LENGTH, '0');
    const json = this.encode(metadata ? { pattern, data, metadata, id } : { pattern, data, id });
    const partition = partitionOf(options.partitionBy, this.limits.partitions);
    return new PendingRequest(number, json, deadlineMs, options, callback, owner, partition);
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

  /** Checked here, where only one request fails: later it would be a batch, or the connection. */
  private encode(packet: object): string {
    const serialized = this.serializer.serialize(packet);
    if (isPromise(serialized)) {
      throw new TypeError('The serializer of a client must not be asynchronous');
    }
    const json: string | undefined = JSON.stringify(serialized);
    if (json === undefined) throw new TypeError('The serializer gave nothing that JSON can hold');
    if (json.length > MAX_PACKET) throw new RangeError(`A payload has more than ${MAX_PACKET} characters`);
    return json;
  }

  private unwrap({ data }: ReadPacket): { data: unknown; deadlineMs: number } & RedisRequestOptions {
    if (!(data instanceof RedisRequest)) return { data, deadlineMs: this.limits.deadlineMs };
    const { deadlineMs = this.limits.deadlineMs, idempotencyKey } = data.options;
    if (idempotencyKey !== undefined && typeof idempotencyKey !== 'string') {
      throw new TypeError('idempotencyKey must be a string');
    }
    const [, , max] = CLIENT_BOUNDS.deadlineMs;
    if (!(deadlineMs > 0 && deadlineMs <= max))
      throw new RangeError(`deadlineMs must be above 0, at most ${max}`);
    return { ...data.options, data: data.data, deadlineMs };
  }
}
