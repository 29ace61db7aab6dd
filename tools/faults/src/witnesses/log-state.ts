import type { ChangeFrame } from '@parley/client';
import type { Message } from '@parley/protocol';
import { changeIn } from '../ledger/log-entries.js';

/** A message as every reader sees it: which reactions are the reader's own is left out. */
export interface Shown {
  readonly UUID: string;
  readonly Message: string;
  readonly editedAt?: string;
  readonly deletedAt?: string;
  /** By kind, in the order of their first one. */
  readonly reactions: readonly (readonly [reaction: string, count: number])[];
}

/** A message that was read. */
export const shown = ({ UUID, Message, editedAt, deletedAt, reactions = [] }: Message): Shown => ({
  UUID,
  Message,
  ...(editedAt !== undefined && { editedAt }),
  ...(deletedAt !== undefined && { deletedAt }),
  reactions: reactions.map(({ reaction, count }) => [reaction, count]),
});

/** The messages of a log after all of its changes, in their order. */
export function stateOf(log: readonly (Message | ChangeFrame)[]): Shown[] {
  const state = new Map<string, Shown>();
  for (const entry of log) {
    if (!('type' in entry)) {
      state.set(entry.UUID, shown(entry));
      continue;
    }
    const { UUID } = changeIn(entry);
    const before = state.get(UUID);
    if (before !== undefined) state.set(UUID, after(before, entry));
  }
  return [...state.values()];
}

function after(before: Shown, change: ChangeFrame): Shown {
  // The log has the tombstone from the beginning.
  if (before.deletedAt !== undefined) return before;
  if (change.type === 'messageEdit') {
    const { Message = before.Message, at } = change.messageEdit;
    return { ...before, Message, editedAt: at };
  }
  if (change.type === 'messageDelete')
    return { UUID: before.UUID, Message: '', deletedAt: change.messageDelete.at, reactions: [] };
  const counts = new Map(before.reactions);
  const { reaction, count } = change.reaction;
  if (count > 0) counts.set(reaction, count);
  else counts.delete(reaction);
  return { ...before, reactions: [...counts] };
}
