import { Button } from '../design/button.js';
import { useAction } from '../design/use-action.js';
import { useChat } from '../parley.js';

/** Stands in place of the composer while the user blocks the partner: the partner could not answer. */
export function Banned({ partner }: { readonly partner: string }) {
  const { contacts } = useChat();
  const action = useAction(() => contacts.change('unblock', partner));
  return (
    <div className="composer-closed">
      <span>You have blocked this person.</span>
      <Button isBusy={action.isBusy} onClick={() => void action.run()}>
        Unblock
      </Button>
    </div>
  );
}
