import type { Message } from '@parley/protocol';
import stringWidth from 'string-width';
import { clockTime, shownText } from '../output/message-text.js';
import { plainLine } from '../output/plain-text.js';
import type { PendingPost } from './chat-state.js';
import { graphemes } from './editing.js';

/** A part of a line that looks the same. */
export interface Span {
  readonly text: string;
  readonly color?: string;
  readonly isBold?: boolean;
  readonly isDim?: boolean;
}

/** A line of the screen. The key is its own, and stays while the screen keeps its width. */
export interface Line {
  readonly key: string;
  readonly spans: readonly Span[];
}

/** What a message's lines begin with: the time, or its place. */
const MARGIN = 6;
/** Colours that can be read on a dark and on a light ground. */
const COLORS = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'red'] as const;

/** The same user has the same colour everywhere. */
export function colorOf(userUUID: string): string {
  let sum = 0;
  for (const character of userUUID) sum = (sum * 31 + character.charCodeAt(0)) % 65_521;
  return COLORS[sum % COLORS.length]!;
}

/** A text in lines of at most `width` columns, broken between words where that is possible. */
export const wrapped = (text: string, width: number): string[] =>
  text.split('\n').flatMap((line) => wrappedLine(line, Math.max(width, 2)));

function wrappedLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let [current, used] = ['', 0];
  const end = () => {
    lines.push(current.trimEnd());
    [current, used] = ['', 0];
  };
  const take = (part: string, columns: number) => {
    current += part;
    used += columns;
  };
  for (const word of line.split(/(?<= )(?=[^ ])/)) {
    if (used > 0 && used + stringWidth(word.trimEnd()) > width) end();
    for (const part of stringWidth(word.trimEnd()) <= width ? [word] : graphemes(word)) {
      const columns = stringWidth(part);
      if (used > 0 && part !== word && used + columns > width) end();
      take(part, columns);
    }
  }
  end();
  return lines;
}

const dim = (text: string): Span => ({ text, isDim: true });

/** The lines of a message are computed once for a width: a message that changes is another object. */
const known = new WeakMap<Message, { readonly width: number; readonly lines: readonly Line[] }>();

/** A message in lines of at most `width` columns. */
export function messageLines(message: Message, width: number): readonly Line[] {
  const before = known.get(message);
  if (before?.width === width) return before.lines;
  const lines = [
    ...quoteLines(message, width),
    ...textLines(message, width),
    ...reactionLines(message, width),
  ];
  const keyed = lines.map((spans, index) => ({ key: `${message.UUID} ${index}`, spans }));
  known.set(message, { width, lines: keyed });
  return keyed;
}

function textLines(message: Message, width: number): Span[][] {
  const name = plainLine(message.Sender.Username) || '?';
  const [first = '', ...rest] = wrapped(`${name}: ${shownText(message)}`, width - MARGIN);
  const time = dim(clockTime(message.CreatedAt).padEnd(MARGIN));
  const color = colorOf(message.SenderUUID);
  const head: Span[] = first.startsWith(name)
    ? [{ text: name, color, isBold: true }, { text: first.slice(name.length) }]
    : [{ text: first, color }];
  return [[time, ...head], ...rest.map((text) => [{ text: ' '.repeat(MARGIN) + text }])];
}

/** What a reply answers, in one line. */
function quoteLines({ replyTo }: Message, width: number): Span[][] {
  if (replyTo === undefined) return [];
  const excerpt = replyTo.excerpt === undefined ? '(deleted)' : plainLine(replyTo.excerpt);
  const [line = ''] = wrapped(`↪ ${plainLine(replyTo.Username)}: ${excerpt}`, width - MARGIN);
  return [[dim(' '.repeat(MARGIN) + line)]];
}

function reactionLines({ reactions = [] }: Message, width: number): Span[][] {
  if (reactions.length === 0) return [];
  const text = reactions.map(({ reaction, count }) => `${plainLine(reaction)} ${count}`).join('  ');
  return wrapped(text, width - MARGIN).map((line) => [dim(' '.repeat(MARGIN) + line)]);
}

/** A message on its way, or one that is not stored. */
export function pendingLines({ key, text, failure }: PendingPost, width: number): Line[] {
  const mark = failure === undefined ? '…' : '✕';
  const said = failure === undefined ? text : `${text} (not sent: ${failure})`;
  return wrapped(said, width - MARGIN).map((line, index) => {
    const whole = (index === 0 ? mark : '').padEnd(MARGIN) + line;
    return {
      key: `pending ${key} ${index}`,
      spans: [failure === undefined ? dim(whole) : { text: whole, color: 'red' }],
    };
  });
}

const dayOf = (at: string): string => new Date(at).toDateString();

/** Messages, and those on their way, in lines, with a line where a day begins. */
export function allLines(
  messages: readonly Message[],
  pending: readonly PendingPost[],
  width: number,
): readonly Line[] {
  const lines: Line[] = [];
  let day = '';
  for (const message of messages) {
    const next = dayOf(message.CreatedAt);
    if (next !== day) lines.push({ key: `day ${message.UUID}`, spans: [dim(`── ${next} ──`)] });
    day = next;
    for (const line of messageLines(message, width)) lines.push(line);
  }
  return [...lines, ...pending.flatMap((post) => pendingLines(post, width))];
}
