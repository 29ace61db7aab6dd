/**
 * What this client needs of a WebSocket, whether the browser's own or that of `ws` in Node. The handlers receive an
 * event that depends on the implementation, hence `never`.
 */
export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}

/** Opens a WebSocket: `(url) => new WebSocket(url)`. */
export type SocketFactory = (url: string) => Socket;

type SocketConstructor = new (url: string) => Socket;

/** The WebSocket of the platform. Every browser has one, and Node has one from version 22 on. */
export const platformSocket: SocketFactory = (url) => {
  const { WebSocket } = globalThis as { WebSocket?: SocketConstructor };
  if (WebSocket === undefined) throw new Error('This platform has no WebSocket: pass one as `webSocket`');
  return new WebSocket(url);
};
