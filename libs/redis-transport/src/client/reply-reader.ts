import type { LoggerService } from '@nestjs/common';
import type { Deserializer, IncomingResponse } from '@nestjs/microservices';
import type { SerialMap } from '../serial-map.js';
import { RedisTransportError, type RedisTransportErrorCode, TRANSPORT_ERRORS } from '../transport-error.js';
import { NO_HANDLER, packetId, type ReplyBatch, type WireError } from '../wire-format.js';
import type { Elsewhere } from './elsewhere.js';
import type { PendingRequest } from './pending-request.js';

/** Passes incoming replies to the requests that wait for them. */
export class ReplyReader {
  /**
   * @param deserializer the caller's own. Nest's default checks every key of a packet to find out whether the packet is
   * Nest's own; ours always are, so without a deserializer a packet is taken as it is.
   */
  constructor(
    private readonly requests: SerialMap<PendingRequest>,
    private readonly deserializer: Deserializer | undefined,
    private readonly logger: LoggerService,
    private readonly elsewhere: Elsewhere,
  ) {}

  /**
   * Handles one published message. Each reply is on its own: what is not one of ours is logged and dropped, and a reply that
   * cannot be read ends its request.
   */
  read(body: string): void {
    const batch = this.parse(body);
    for (const packet of listOf(batch?.r)) this.take(0, packet);
    for (const item of listOf(batch?.m)) this.takeFurther(item);
    for (const error of listOf(batch?.e)) this.fail(error);
  }

  private parse(body: string): Partial<Record<keyof ReplyBatch, unknown>> | null {
    try {
      return JSON.parse(body);
    } catch {
      // JSON.parse quotes the text.
      this.logger.error('A message on the channel for replies is not JSON');
      return null;
    }
  }

  private takeFurther(item: unknown): void {
    const [place, packet] = listOf(item);
    if (typeof place === 'number' && Number.isInteger(place) && place > 0) this.take(place, packet);
    else this.logger.error('A part of a reply has no place');
  }

  private take(place: number, packet: unknown): void {
    try {
      if (this.deserializer === undefined) {
        this.give(place, packet);
        return;
      }
      // Nest allows a promise here. The packets of one reply carry their place, so their order is safe.
      Promise.resolve<unknown>(this.deserializer.deserialize(packet))
        .then((response) => this.give(place, response))
        .catch((error: unknown) => this.spoil(packet, error));
    } catch (error) {
      this.spoil(packet, error);
    }
  }

  private give(place: number, packet: unknown): void {
    const id = packetId(packet);
    if (id === undefined) throw new Error('A reply has no id');
    const request = this.requests.get(Number(id));
    // A replica of the release before answers as Nest's own transporters do: understood for one release longer.
    if ((packet as IncomingResponse).err === NO_HANDLER && request) this.elsewhere.try(request);
    else request?.receive(place, packet as IncomingResponse);
  }

  private spoil(packet: unknown, cause: unknown): void {
    this.logger.error(cause);
    const message = 'The reply could not be read';
    this.requests
      .get(Number(packetId(packet)))
      ?.fail(new RedisTransportError('UNAVAILABLE', message, { retryable: false, cause }));
  }

  private fail(item: unknown): void {
    const [id, code, message, details] = listOf(item);
    const { retryable, retryAfterMs, noHandler } = (details ?? {}) as NonNullable<WireError[3]>;
    // A server of a later release may have a code that this one does not know.
    const known = isErrorCode(code) ? code : 'UNAVAILABLE';
    const request = this.requests.get(typeof id === 'string' ? Number(id) : -1);
    if (noHandler && request) {
      this.elsewhere.try(request);
      return;
    }
    request?.fail(
      new RedisTransportError(known, typeof message === 'string' ? message : '', {
        ...(typeof retryable === 'boolean' && { retryable }),
        ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
      }),
    );
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isErrorCode(code: unknown): code is RedisTransportErrorCode {
  return typeof code === 'string' && Object.hasOwn(TRANSPORT_ERRORS, code);
}
