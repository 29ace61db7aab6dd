/** Whether the device has a network, as far as it says so. */
export interface Network {
  readonly isDown: boolean;
  /** @returns a function that removes the listener. */
  onChange(listener: () => void): () => void;
}

type Listen = (type: string, listener: () => void) => void;

interface Platform {
  readonly navigator?: { readonly onLine?: boolean };
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
}

const EVENTS = ['online', 'offline'];

/** What browsers say (`navigator.onLine` and its events). A platform that says nothing has a network. */
export const platformNetwork: Network = {
  get isDown() {
    return (globalThis as Platform).navigator?.onLine === false;
  },
  onChange(listener) {
    const platform = globalThis as Platform;
    for (const event of EVENTS) platform.addEventListener?.(event, listener);
    return () => {
      for (const event of EVENTS) platform.removeEventListener?.(event, listener);
    };
  },
};

const LOOPBACK = /^wss?:\/\/(localhost|127\.|\[::1\])/;

/** A server on the device itself needs no network. */
export const needsNetwork = (urls: readonly string[]): boolean => !urls.every((url) => LOOPBACK.test(url));
