import { useEffect, useState } from 'react';
import { FormError } from '../design/field.js';
import { type Figures, figuresOf, MOMENTS, pointsOf, shown, since } from './figures.js';
import type { Replica, Status } from './operator-api.js';
import { Table } from './table.js';
import type { Polled } from './use-poll.js';

const BOX = { width: 200, height: 40 };
const MIB = 1024 * 1024;

/** How the chat is: figures with their last five minutes, the replicas, and the largest channels. */
export function Overview({ status: { value, error } }: { readonly status: Polled<Status> }) {
  const moments = useMoments(value);
  const now = moments.at(-1);
  return (
    <>
      <FormError error={error} />
      {now && <FigureList now={now} moments={moments} />}
      {value && <Replicas status={value} />}
      {value && <Channels status={value} />}
    </>
  );
}

/** The figures of the last answers, the newest at the end. */
function useMoments(status: Status | undefined): readonly Figures[] {
  const [moments, setMoments] = useState<readonly Figures[]>([]);
  useEffect(() => {
    if (status) setMoments((before) => [...before, figuresOf(status)].slice(-MOMENTS));
  }, [status]);
  return moments;
}

function FigureList({ now, moments }: { readonly now: Figures; readonly moments: readonly Figures[] }) {
  const plots: readonly [string, keyof Figures, string?][] = [
    ['Connections', 'connections'],
    ['Messages per second', 'posted'],
    ['Frames delivered per second', 'delivered'],
    ['Fan-out lag', 'lagMs', ' ms'],
    ['Slow clients closed', 'slowClients'],
    ['Requests set aside', 'setAside'],
  ];
  return (
    <dl className="figures">
      {plots.map(([label, name, unit = '']) => (
        <div className="figure" key={name}>
          <dt>{label}</dt>
          <dd>{now[name] === undefined ? '–' : shown(now[name]) + unit}</dd>
          <dd>
            <svg
              className="plot"
              viewBox={`0 0 ${BOX.width} ${BOX.height}`}
              preserveAspectRatio="none"
              aria-hidden="true"
            >
              <polyline
                points={pointsOf(
                  moments.map((moment) => moment[name]),
                  BOX,
                )}
              />
            </svg>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const REPLICA_HEADS = [
  'Service',
  'Host',
  'Version',
  'Up for',
  'Ready',
  'CPU',
  'Memory',
  'Queue',
  'Set aside',
  'Connections',
  'Waiting for clients',
];

function Replicas({ status: { replicas, at } }: { readonly status: Status }) {
  return (
    <section className="panel" aria-labelledby="replicas">
      <h2 id="replicas">Replicas ({replicas.length})</h2>
      <Table label="Replicas" heads={REPLICA_HEADS}>
        {replicas.map((replica) => (
          <ReplicaRow key={replica.id} replica={replica} now={at} />
        ))}
      </Table>
    </section>
  );
}

function ReplicaRow({ replica, now }: { readonly replica: Replica; readonly now: string }) {
  const { service, host, version, startedAt, failing, cpu, memoryBytes, queueDepth, setAside, gateway } =
    replica;
  return (
    <tr>
      <th scope="row">{service}</th>
      <td>{host}</td>
      <td>{version}</td>
      <td>{since(startedAt, now)}</td>
      <td className={failing.length === 0 ? '' : 'bad'}>
        {failing.length === 0 ? 'yes' : `no: ${failing.join(', ')}`}
      </td>
      <td>{shown(cpu * 100)} %</td>
      <td>{shown(memoryBytes / MIB)} MiB</td>
      <td>{queueDepth}</td>
      <td className={setAside > 0 ? 'bad' : ''}>{setAside}</td>
      <td>{gateway ? shown(gateway.connections) : '–'}</td>
      <td>{gateway ? `${shown(gateway.bufferedBytes / MIB)} MiB` : '–'}</td>
    </tr>
  );
}

function Channels({ status: { channels } }: { readonly status: Status }) {
  return (
    <section className="panel" aria-labelledby="channels">
      <h2 id="channels">Largest channels</h2>
      {channels.length === 0 && <p className="hint">Nobody is in a channel.</p>}
      {channels.length > 0 && (
        <Table label="Largest channels" heads={['Channel', 'Connections']}>
          {channels.map(({ channelUUID, connections }) => (
            <tr key={channelUUID}>
              <th scope="row">{channelUUID}</th>
              <td>{shown(connections)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
