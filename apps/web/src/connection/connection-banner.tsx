import { useConnection } from '@parley/react';
import { Spinner } from '../design/spinner.js';

/** Says that there is no connection, and that nothing is lost by it. It is there from the start, so that it is heard when it speaks. */
export function ConnectionBanner() {
  const { status, isNetworkDown } = useConnection();
  const isShown = status === 'connecting';
  return (
    <div className="connection" role="status" data-shown={isShown}>
      {isShown && (
        <>
          <Spinner />
          <span>
            {isNetworkDown
              ? 'You are offline. What you write is sent when you are back.'
              : 'Reconnecting… What you write is sent as soon as the connection is back.'}
          </span>
        </>
      )}
    </div>
  );
}
