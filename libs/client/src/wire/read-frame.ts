import type { ServerFrame, ServerFrameType } from '@parley/protocol';
import { SHAPES } from './shapes.js';

/** What a text from the server says. A frame of an unknown type or shape comes from a newer server: `frame` is absent then. */
export interface ReadFrame {
  /** Says whether somebody waits for it. */
  readonly id?: unknown;
  readonly frame?: ServerFrame;
}

/** Reads a text from the server. Never throws. A missing payload counts as an empty one. */
export function readFrame(text: string): ReadFrame {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return {};
  const { id, type } = value as { id?: unknown; type?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(SHAPES, type)) return { id };
  const frame = { [type]: {}, ...value } as Record<string, unknown>;
  const isReadable = SHAPES[type as ServerFrameType](frame[type]);
  return isReadable ? { id, frame: frame as unknown as ServerFrame } : { id };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
