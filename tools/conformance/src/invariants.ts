import { decodeServerFrame } from '@parley/protocol';
import type { Peer } from './peer.js';

/** Texts that appear in a frame only when a server leaks its internals. */
const INTERNALS =
  /\$argon2|ReplyError|WRONGTYPE|NOSCRIPT|NOPERM|CROSSSLOT|\n {4}at |node_modules|\.[jt]s:\d+/;

/** What is wrong with the frames to a connection, whatever was asked: each fault with its frame. */
export function violations(peer: Peer, secrets: ReadonlySet<string>): string[] {
  return peer.texts.flatMap((text, index) => {
    const frame = peer.frames[index]!;
    const faults = [shapeFault(text)];
    if (frame.id !== undefined && !peer.sentIds.has(frame.id))
      faults.push('carries an id that was never sent');
    if (frame.type === 'error' && frame.error?.name === 'INTERNAL') faults.push('is a fault of the server');
    if (frame.type !== 'channelMessage' && INTERNALS.test(text)) faults.push('shows internals of the server');
    const rest = frame.type === 'authorized' ? text.replace(frame.authorized?.accessKey, '') : text;
    for (const secret of secrets) if (rest.includes(secret)) faults.push('carries a password or key');
    if (frame.type !== 'authorized' && /accesskey|password"/i.test(keysOf(frame))) {
      faults.push('carries a key or password field');
    }
    return faults.filter((fault) => fault !== undefined).map((fault) => `${fault}: ${text.slice(0, 200)}`);
  });
}

function shapeFault(text: string): string | undefined {
  try {
    decodeServerFrame(text);
    return undefined;
  } catch (error) {
    return `is not of its type's shape (${String(error).replaceAll(/\s+/g, ' ').slice(0, 200)})`;
  }
}

/** Every field name of a frame, in quotes. */
function keysOf(value: unknown): string {
  const names: string[] = [];
  JSON.stringify(value, (key, item) => {
    names.push(`"${key}"`);
    return item;
  });
  return names.join();
}
