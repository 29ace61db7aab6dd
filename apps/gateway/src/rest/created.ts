import { REST_ROOT } from '@parley/protocol/rest';

/** Something that was made, and where it is from now on. */
export class Created<T> {
  readonly location: string;

  /** @param path below the root of the API. */
  constructor(
    readonly what: T,
    path: `/${string}`,
  ) {
    this.location = REST_ROOT + path;
  }
}
