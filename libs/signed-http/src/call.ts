/** A call of an endpoint. */
export interface SignedCall {
  readonly url: URL;
  /** Names the event or the question, the same at each repetition. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
  /** Time within which the whole answer must be there, in milliseconds. */
  readonly deadlineMs: number;
}

/** What an endpoint answered. */
export interface CallAnswer {
  readonly status: number;
  /** The media type, in lower case and without parameters. */
  readonly type: string;
  readonly body: string;
}
