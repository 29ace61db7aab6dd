/** What a connection needs of its WebSocket. */
export interface Link {
  /** Neither side has begun to close it. */
  readonly isOpen: boolean;
  /** Bytes that the client has not taken yet. */
  readonly bufferedBytes: number;
  /** Whether the client takes compressed frames (permessage-deflate). */
  readonly takesDeflated: boolean;
  /** Resolves when the client has taken them all, or the socket has ended. */
  drained(): Promise<void>;
  /** Writes the bytes of finished WebSocket frames, with whatever else goes to the client in this turn. */
  writeInTurn(frames: Buffer): void;
  /** Writes the bytes of finished WebSocket frames with the answer that is on its way, if it comes soon. */
  writeWithAnswer(frames: Buffer): void;
  /** Writes the bytes of finished WebSocket frames now, or with what waits for the turn to end. */
  write(frames: Buffer): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number, reason?: string): void;
  terminate(): void;
}
