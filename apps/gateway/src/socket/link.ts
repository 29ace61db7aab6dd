/** What a connection needs of its WebSocket. */
export interface Link {
  /** Neither side has begun to close it. */
  readonly isOpen: boolean;
  /** Bytes that the client has not accepted yet. */
  readonly bufferedBytes: number;
  /** Those of them that it had time to accept: the others were written, or held for it, in the last two turns. */
  readonly backlogBytes: number;
  /** Whether the client accepts compressed frames (permessage-deflate). */
  readonly takesDeflated: boolean;
  /** Resolves when the client has accepted them all, or the socket has ended. */
  drained(): Promise<void>;
  /** Writes finished WebSocket frames together with everything else that goes to the client in this turn. */
  writeInTurn(frames: Buffer): void;
  /** Writes finished WebSocket frames together with the answer that follows, if it follows soon. */
  writeWithAnswer(frames: Buffer): void;
  /** Writes finished WebSocket frames now, or with bytes that wait for the end of the turn. */
  write(frames: Buffer): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number, reason?: string): void;
  terminate(): void;
}
