import { ChatClient } from '@parley/client';
import { WebSocket } from 'ws';

/** A client that reconnects and resumes, on Node: it connects to the first of the addresses that takes it. */
export const chatClient = (...urls: readonly string[]): ChatClient =>
  new ChatClient({ urls, webSocket: (url) => new WebSocket(url) });
