/** What is written in place of a message. */
export type WrittenCommand =
  | { readonly kind: 'open'; readonly channel: string }
  | { readonly kind: 'quit' }
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'unknown'; readonly name: string };

/** A path is a message, and so is a text that begins with two slashes, without the first one. */
const COMMAND = /^\/([a-z]+)(?: +(.*))?$/s;

/** Reads what the reader has written. */
export function writtenCommand(text: string): WrittenCommand {
  if (text.startsWith('//')) return { kind: 'message', text: text.slice(1) };
  const [, name, argument = ''] = COMMAND.exec(text) ?? [];
  const wanted = argument.trim();
  if (name === undefined) return { kind: 'message', text };
  if (name === 'quit') return { kind: 'quit' };
  if (name === 'msg' && wanted !== '') return { kind: 'open', channel: `@${wanted.replace(/^@/, '')}` };
  if (name === 'join' && wanted !== '') return { kind: 'open', channel: `#${wanted.replace(/^#/, '')}` };
  return { kind: 'unknown', name: `/${name}` };
}
