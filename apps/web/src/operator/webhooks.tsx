import { Button } from '../design/button.js';
import { FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import type { OperatorApi, Webhook } from './operator-api.js';
import { Table } from './table.js';
import { usePoll } from './use-poll.js';

/** Each read is noted in the audit: seldom enough to push nothing out of it. */
const WEBHOOKS_MS = 15_000;
const HEADS = [
  'Webhook',
  'Endpoint',
  'Channels behind',
  'Users behind',
  'Failing since',
  'Set aside',
  'Replay',
];

/** How far each webhook has come, and what was set aside. */
export function Webhooks({ api }: { readonly api: OperatorApi }) {
  const { value, error, again } = usePoll(() => api.webhooks(), WEBHOOKS_MS);
  return (
    <section className="panel" aria-labelledby="webhooks">
      <h2 id="webhooks">Webhooks</h2>
      <FormError error={error} />
      {value?.length === 0 && <p className="hint">None is set up.</p>}
      {value && value.length > 0 && (
        <Table label="Webhooks" heads={HEADS}>
          {value.map((webhook) => (
            <WebhookRow key={webhook.name} webhook={webhook} api={api} changed={again} />
          ))}
        </Table>
      )}
    </section>
  );
}

interface RowProps {
  readonly webhook: Webhook;
  readonly api: OperatorApi;
  readonly changed: () => void;
}

function WebhookRow({ webhook, api, changed }: RowProps) {
  const { name, origin, channelsWaiting, usersWaiting, failingSince, setAside } = webhook;
  const replaying = useAction(async () => {
    await api.replay(name);
    changed();
  });
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{origin}</td>
      <td>{channelsWaiting}</td>
      <td>{usersWaiting}</td>
      <td className={failingSince ? 'bad' : ''}>
        {failingSince ? new Date(failingSince).toLocaleString() : '–'}
      </td>
      <td className={setAside > 0 ? 'bad' : ''}>{setAside}</td>
      <td>
        <Button
          disabled={setAside === 0}
          isBusy={replaying.isBusy}
          aria-label={`Send ${name} again what is set aside`}
          onClick={() => void replaying.run()}
        >
          Send again
        </Button>
        <FormError error={replaying.error} />
      </td>
    </tr>
  );
}
