import type { ParleyClientOptions } from './client/operation-caller.js';
import type { DeliveryStore } from './endpoint/delivery-store.js';

/** Injection token of the {@link ParleyModuleOptions}. */
export const PARLEY_OPTIONS = Symbol('parley options');

/** How an app works with Parley. */
export interface ParleyModuleOptions extends Partial<ParleyClientOptions> {
  /** The keys that hooks and webhooks are signed with, as Parley's `HOOK_KEYS` has them. Without them all are refused. */
  readonly signingKeys?: string | undefined;
  /** How far the time of a signature may be from now, in seconds; 300 by default. */
  readonly toleranceSeconds?: number | undefined;
  /** What remembers deliveries; in this process's memory by default, which is right for an app of one replica. */
  readonly deliveries?: DeliveryStore | undefined;
}

/** What has to be known before there are options. */
export interface ParleyModuleExtras {
  /** Whether other modules need not import this one; true by default. */
  readonly isGlobal?: boolean;
  /** Where hooks and webhooks come in: `<path>/hooks` and `<path>/webhooks`; `parley` by default, and `false` for no endpoint. */
  readonly path?: string | false;
  /** For the controller of that path: what marks it as public, say, for a guard of the whole app. */
  readonly decorators?: readonly ClassDecorator[];
}

/** Makes the options of `forRootAsync({ useClass })` and `({ useExisting })`. */
export interface ParleyOptionsFactory {
  createParleyOptions(): ParleyModuleOptions | Promise<ParleyModuleOptions>;
}
