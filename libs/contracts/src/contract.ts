/** One request between services: what it takes and what it is answered with. */
export interface Contract<Request, Reply> {
  readonly request: Request;
  readonly reply: Reply;
}

/** The requests of one service, by pattern. */
export type ContractMap = Record<string, Contract<unknown, unknown>>;

/** What pattern `P` of a service takes. */
export type RequestTo<M extends ContractMap, P extends keyof M> = M[P]['request'];

/** What pattern `P` of a service answers. */
export type ReplyOf<M extends ContractMap, P extends keyof M> = M[P]['reply'];
