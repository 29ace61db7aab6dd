/** Why a call has no answer that counts. */
export const CALL_FAULTS = {
  deadline: 'no answer within the deadline',
  unreachable: 'no connection, or one that broke',
  address: 'the host has an address that is not public',
  status: 'answered with another status',
  too_large: 'the answer is too large',
  answer: 'the answer is not what was expected',
} as const;

/** See {@link CALL_FAULTS}. */
export type CallFault = keyof typeof CALL_FAULTS;

/** A call failed. Its message names neither the address nor what was sent. */
export class CallError extends Error {
  override readonly name = 'CallError';

  constructor(
    readonly fault: CallFault,
    { detail, cause }: { readonly detail?: string; readonly cause?: unknown } = {},
  ) {
    super(detail === undefined ? CALL_FAULTS[fault] : `${CALL_FAULTS[fault]}: ${detail}`, { cause });
  }
}
