import { from, isObservable, mergeMap, type Observable, of } from 'rxjs';

/**
 * What a handler returned, as Nest takes it: a value, an observable of values, or a promise of either. Nest brings a
 * function for it with each connection; this one is the same for all.
 */
export const answersOf = (returned: unknown): Observable<unknown> =>
  from(Promise.resolve(returned)).pipe(mergeMap((value) => (isObservable(value) ? value : of(value))));
