import type { ReadPacket } from '@nestjs/microservices';

/** The headers of a packet. They travel beside its payload. Nest 12 has this type; Nest 11 does not. */
export type PacketMetadata = Record<string, string>;

/** A request or an event that is about to be sent. */
export type DispatchedPacket = ReadPacket & { metadata?: PacketMetadata };
