import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Button } from './button.js';
import { FormError } from './field.js';
import { useAction } from './use-action.js';

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
  readonly act: () => Promise<unknown>;
  readonly close: () => void;
}

/** Asks before something that cannot be taken back. */
export default function ConfirmDialog({ title, text, action, act, close }: ConfirmProps) {
  const acting = useAction(act);
  return (
    <AlertDialog.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="dialog-shade" />
        <AlertDialog.Popup className="dialog dialog-small">
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">{text}</AlertDialog.Description>
          <FormError error={acting.error} />
          <div className="dialog-actions">
            <AlertDialog.Close className="button" data-look="plain">
              Cancel
            </AlertDialog.Close>
            <Button
              look="danger"
              isBusy={acting.isBusy}
              onClick={() => void acting.run().then((isDone) => isDone && close())}
            >
              {action}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
