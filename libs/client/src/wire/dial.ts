import { ChatError } from '../chat-error.js';
import type { Settings } from '../options.js';
import { type Receive, Wire } from './wire.js';

/**
 * Opens a connection.
 * @throws ChatError UNAVAILABLE when it does not open in time.
 */
export function dial(url: string, settings: Settings, receive: Receive): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const socket = settings.webSocket(url);
    const refuse = (reason: string) => {
      clearTimeout(timer);
      socket.onopen = null;
      reject(ChatError.of('UNAVAILABLE', `${url} ${reason}.`));
    };
    const timer = setTimeout(() => {
      refuse(`did not open in ${settings.connectTimeoutMs} ms`);
      socket.close();
    }, settings.connectTimeoutMs);
    socket.onopen = () => {
      clearTimeout(timer);
      resolve(new Wire(socket, settings, receive));
    };
    socket.onerror = () => undefined; // the close event follows
    socket.onclose = () => refuse('cannot be reached');
  });
}
