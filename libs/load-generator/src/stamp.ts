const TILDE = 0x7e;
const EQUALS = 0x3d;
const DOT = 0x2e;
const ZERO = 0x30;

/** Digits of each field, in their order. */
const ORIGIN = 6;
const SENDER = 6;
const NUMBER = 10;
const DUE = 16;

/** Bytes of a stamp: `~=origin.sender.number.due~`. */
export const STAMP_BYTES = 2 + ORIGIN + 1 + SENDER + 1 + NUMBER + 1 + DUE + 1;

/** Carried by the text of each message, so that any server that passes texts on can be measured. */
export interface Stamp {
  /** The process that sent it. Latencies are only taken of a process's own messages. */
  origin: number;
  /** The sender's number, counted over the whole run. */
  sender: number;
  /** The message's number for that sender, from 1. */
  number: number;
  /** When it was due, in microseconds since the epoch. */
  due: number;
}

/** A random number for this process. Among a hundred processes that run together, two are equal in one of 200 runs. */
export const newOrigin = (): number => Math.floor(Math.random() * 10 ** ORIGIN);

const digits = (value: number, width: number): string => String(Math.floor(value)).padStart(width, '0');

/** The stamp, padded with dots to `bytes`; never shorter than {@link STAMP_BYTES}. */
export function writeStamp({ origin, sender, number, due }: Stamp, bytes: number): string {
  const fields = [digits(origin, ORIGIN), digits(sender, SENDER), digits(number, NUMBER), digits(due, DUE)];
  return `~=${fields.join('.')}~`.padEnd(bytes, '.');
}

/** Reads the first stamp in `bytes[start, end)` into `stamp`; false when there is none. Allocates nothing. */
export function readStamp(bytes: Uint8Array, start: number, end: number, stamp: Stamp): boolean {
  for (let at = start; at + STAMP_BYTES <= end; at += 1) {
    if (bytes[at] === TILDE && bytes[at + 1] === EQUALS && readFields(bytes, at + 2, stamp)) return true;
  }
  return false;
}

function readFields(bytes: Uint8Array, at: number, stamp: Stamp): boolean {
  const sender = at + ORIGIN + 1;
  const number = sender + SENDER + 1;
  const due = number + NUMBER + 1;
  if (bytes[sender - 1] !== DOT || bytes[number - 1] !== DOT || bytes[due - 1] !== DOT) return false;
  if (bytes[due + DUE] !== TILDE) return false;
  stamp.origin = readNumber(bytes, at, ORIGIN);
  stamp.sender = readNumber(bytes, sender, SENDER);
  stamp.number = readNumber(bytes, number, NUMBER);
  stamp.due = readNumber(bytes, due, DUE);
  return stamp.origin + stamp.sender + stamp.number + stamp.due >= 0; // NaN where something was no digit
}

function readNumber(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let place = at; place < at + width; place += 1) {
    const digit = bytes[place]! - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
