import { useSyncExternalStore } from 'react';
import { Spinner } from '../design/spinner.js';
import { useConnection } from '../parley.js';

/** Says that there is no connection, and that nothing is lost by it. It is there from the start, so that it is heard when it speaks. */
export function ConnectionBanner() {
  const state = useConnection();
  const hasNetwork = useNetwork();
  return (
    <div className="connection" role="status" data-shown={state !== 'online'}>
      {state !== 'online' && (
        <>
          <Spinner />
          <span>
            {hasNetwork
              ? 'Reconnecting… What you write is sent as soon as the connection is back.'
              : 'You are offline. What you write is sent when you are back.'}
          </span>
        </>
      )}
    </div>
  );
}

/** Whether the device has a network at all. */
function useNetwork(): boolean {
  return useSyncExternalStore(
    (changed) => {
      addEventListener('online', changed);
      addEventListener('offline', changed);
      return () => {
        removeEventListener('online', changed);
        removeEventListener('offline', changed);
      };
    },
    () => navigator.onLine,
  );
}
