import type { AppError } from '@parley/protocol';

/** One request between services, and its reply. */
export interface Contract<Request, Reply> {
  readonly request: Request;
  readonly reply: Reply;
}

/** The outcome of one item that failed. */
export interface ItemFailed {
  readonly error: Pick<AppError, 'name' | 'message' | 'retryAfterMs'>;
}

/** The outcomes of some items of a request: of those at `places`, or of all of them in their order if there are no places. */
export interface Part<Outcome> {
  readonly outcomes: readonly (Outcome | ItemFailed)[];
  readonly places?: readonly number[] | undefined;
}

/**
 * A request about many items, each of which has an outcome of its own. With `parts: true` it is answered by any number of
 * {@link Part}s, each as soon as its outcomes are known; an item may be answered more than once, and its first outcome counts.
 * Without, as a gateway of the release before asks, it is answered by one `Reply`; so does a service of that release answer
 * whatever it is asked.
 */
export interface PartedContract<Request, Outcome, Reply = Part<Outcome>>
  extends Contract<Request & { readonly parts?: true | undefined }, Reply> {
  readonly outcome: Outcome;
}

/** The requests of one service, by pattern. */
export type ContractMap = Record<string, Contract<unknown, unknown>>;

/** The request of pattern `P` of a service. */
export type RequestTo<M extends ContractMap, P extends keyof M> = M[P]['request'];

/** The reply to pattern `P` of a service. */
export type ReplyOf<M extends ContractMap, P extends keyof M> = M[P]['reply'];

/** The patterns of a service that can be answered in parts. */
export type PartedPattern<M extends ContractMap> = {
  [P in keyof M & string]: M[P] extends { readonly outcome: unknown } ? P : never;
}[keyof M & string];

/** The outcome of one item of pattern `P`, when it did not fail. */
export type OutcomeOf<M extends ContractMap, P extends keyof M> = M[P] extends {
  readonly outcome: infer Outcome;
}
  ? Outcome
  : never;
