export type { Target } from './channel-names.js';
export { ChatClient, type Session } from './chat-client.js';
export { ChatError } from './chat-error.js';
export type { ClientEvents, ClientState, Position } from './events.js';
export type { ChatClientOptions, ReconnectOptions } from './options.js';
export type { Socket, SocketFactory } from './socket.js';
