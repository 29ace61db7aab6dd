import { type Network, platformNetwork } from './wire/network.js';
import { platformSocket, type SocketFactory } from './wire/socket.js';

/** The pauses between attempts to connect. */
export interface ReconnectOptions {
  /** The first pause is random between 0 and this, in ms. The bound then doubles each time. Default 500. */
  readonly firstMs?: number;
  /** The longest pause, in ms. Default 15,000. */
  readonly longestMs?: number;
  /** A connection that was usable for this long, in ms, resets the pauses to the first one. Default 1,000. */
  readonly stableMs?: number;
}

export interface ChatClientOptions {
  /** Where to connect, `ws://host:port/ws`. */
  readonly url?: string;
  /** Several addresses of the same chat, in place of `url`. Each reconnect goes to the next. */
  readonly urls?: readonly string[];
  /** Opens a WebSocket; the platform's own by default. */
  readonly webSocket?: SocketFactory;
  readonly reconnect?: ReconnectOptions;
  /** Says whether the device has a network; the platform by default. Without one, the client makes no attempt to reconnect. */
  readonly network?: Network;
  /** How long a connection may take to open, in ms. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /**
   * When a request is unanswered and nothing at all has arrived for this long, in ms, the connection is dead. Default 20,000:
   * the server's own deadline is 10,000. While other frames arrive, an answer may take longer.
   */
  readonly answerTimeoutMs?: number;
  /**
   * After this long without a frame, in ms, the client pings the server. After twice as long the connection is dead.
   * Default 20,000.
   */
  readonly silenceMs?: number;
  /**
   * How many requests may wait for their answers, including while offline. Further ones are refused with
   * LIMIT_REACHED. Default 1,000.
   */
  readonly outboxLimit?: number;
  /** How many bytes those requests may hold in memory, two for each UTF-16 unit of their JSON. Default 8 MiB. */
  readonly outboxBytes?: number;
  /**
   * How many of the newest messages of each held channel are kept as they are after every change, within 512 KiB for each channel. 0:
   * none. Default 100.
   */
  readonly keptMessages?: number;
  /**
   * The shortest time between two refreshes of a token, in ms, if this client's clock says that tokens live shorter. Default 5,000.
   */
  readonly refreshLeastMs?: number;
}

/** The options with their defaults filled in. */
export interface Settings {
  readonly urls: readonly string[];
  readonly webSocket: SocketFactory;
  readonly reconnect: Required<ReconnectOptions>;
  readonly network: Network;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly silenceMs: number;
  readonly outboxLimit: number;
  readonly outboxBytes: number;
  readonly keptMessages: number;
  readonly refreshLeastMs: number;
}

/** @throws Error when no address is given. */
export function settingsOf(options: ChatClientOptions): Settings {
  const urls = options.urls ?? (options.url === undefined ? [] : [options.url]);
  if (urls.length === 0) throw new Error('expected `url` or `urls`');
  return {
    urls,
    webSocket: options.webSocket ?? platformSocket,
    reconnect: { firstMs: 500, longestMs: 15_000, stableMs: 1_000, ...options.reconnect },
    network: options.network ?? platformNetwork,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    answerTimeoutMs: options.answerTimeoutMs ?? 20_000,
    silenceMs: options.silenceMs ?? 20_000,
    outboxLimit: options.outboxLimit ?? 1_000,
    outboxBytes: options.outboxBytes ?? 8 * 1024 * 1024,
    keptMessages: options.keptMessages ?? 100,
    refreshLeastMs: options.refreshLeastMs ?? 5_000,
  };
}
