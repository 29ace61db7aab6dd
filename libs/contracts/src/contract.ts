/** One request between services, and its reply. */
export interface Contract<Request, Reply> {
  readonly request: Request;
  readonly reply: Reply;
}

/** The requests of one service, by pattern. */
export type ContractMap = Record<string, Contract<unknown, unknown>>;

/** The request of pattern `P` of a service. */
export type RequestTo<M extends ContractMap, P extends keyof M> = M[P]['request'];

/** The reply to pattern `P` of a service. */
export type ReplyOf<M extends ContractMap, P extends keyof M> = M[P]['reply'];
