import { messageText, singleLine } from '@parley/protocol';
import { type CallAnswer, CallError } from '@parley/signed-http';
import { z } from 'zod';

/** The most characters of a reason that a hook gives. */
export const REASON_CHARACTERS = 200;
/** The largest answer of a hook, in bytes: a text of 4,000 characters, each escaped, has 48 KB. */
export const ANSWER_BYTES = 64 * 1_024;

const allow = z.object({ action: z.literal('allow') });
const refuse = z.object({ action: z.literal('refuse'), reason: singleLine(REASON_CHARACTERS).optional() });
const rewrite = z.object({ action: z.literal('rewrite'), message: messageText });

/** What each hook may answer. */
export const HOOK_ANSWERS = {
  beforeSend: z.discriminatedUnion('action', [allow, refuse, rewrite]),
  authorise: z.discriminatedUnion('action', [allow, refuse]),
};

/** The hooks that there are. */
export type HookName = keyof typeof HOOK_ANSWERS;

/** A checked answer. */
export type HookAnswer<Name extends HookName> = z.output<(typeof HOOK_ANSWERS)[Name]>;

/** @throws CallError `status`, or `answer` for what is no JSON or says nothing that this hook may. */
export function readAnswer<Name extends HookName>(
  name: Name,
  { status, type, body }: CallAnswer,
): HookAnswer<Name> {
  if (status !== 200) throw new CallError('status', { detail: String(status) });
  if (type !== 'application/json') throw new CallError('answer', { detail: 'expected application/json' });
  const result = HOOK_ANSWERS[name].safeParse(jsonIn(body));
  if (result.success) return result.data as HookAnswer<Name>;
  const { path, message } = result.error.issues[0]!;
  throw new CallError('answer', { detail: `${path.join('.')}: ${message}` });
}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new CallError('answer', { detail: 'expected JSON' });
  }
}
