import { Injectable } from '@nestjs/common';
import type { ReplyOf, RequestTo, WebhookDeliveriesContract, WebhookState } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { WebhookReceiver } from './webhook-settings.js';
import { Webhooks } from './webhooks.js';
import { type ListedAside, type NumberedDelivery, WebhooksRepository } from './webhooks.repository.js';

type Request<P extends keyof WebhookDeliveriesContract> = RequestTo<WebhookDeliveriesContract, P>;
type Reply<P extends keyof WebhookDeliveriesContract> = Promise<ReplyOf<WebhookDeliveriesContract, P>>;

/** Entries that were set aside, of each webhook, in one answer. */
const SHOWN = 20;
/** Deliveries, and entries that were set aside, that are read at once. */
const READ_AT_ONCE = 200;

/** What operators may see of deliveries, and send again. Each call that names a webhook throws INVALID_FIELD for an unknown name. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly repository: WebhooksRepository,
  ) {}

  /** How the webhooks that the settings name stand. */
  states(): Promise<WebhookState[]> {
    return Promise.all(this.webhooks.receivers.map((receiver) => this.stateOf(receiver)));
  }

  /** A page of deliveries. @throws AppError INVALID_FIELD for a cursor that is none. */
  async list({
    name,
    outcome,
    cursor,
    limit,
  }: Request<'channels.webhookDeliveries'>): Reply<'channels.webhookDeliveries'> {
    this.mustBeKnown(name);
    const found: NumberedDelivery[] = [];
    for (let below = numberIn(cursor); found.length <= limit; ) {
      const read = await this.repository.deliveries(name, below, READ_AT_ONCE);
      found.push(...read.filter(({ delivery }) => outcome === undefined || delivery.outcome === outcome));
      if (read.length < READ_AT_ONCE) break;
      below = read.at(-1)!.number;
    }
    const page = found.slice(0, limit);
    const deliveries = page.map(({ delivery }) => delivery);
    return found.length > limit ? { deliveries, cursor: String(page.at(-1)!.number) } : { deliveries };
  }

  /** Sends an event again, alone. @throws AppError INVALID_FIELD for one of which nothing is known. */
  async replay({ name, id }: Request<'channels.replayDelivery'>): Reply<'channels.replayDelivery'> {
    this.mustBeKnown(name);
    const known = await this.repository.delivery(name, id);
    const aside =
      known === undefined || known.outcome === 'set_aside' ? await this.asideOf(name, id) : undefined;
    if (aside !== undefined) await this.repository.sendAside(name, [aside]);
    else if (known !== undefined) await this.repository.sendAgain(name, known);
    else throw new AppError('INVALID_FIELD', { message: 'id: no delivery of this event is known' });
    this.webhooks.wake();
    return {};
  }

  /** Sends everything again that is set aside, in the order in which it was. @returns how many events. */
  async replayAside({ name }: Request<'channels.replayAside'>): Reply<'channels.replayAside'> {
    this.mustBeKnown(name);
    let replayed = 0;
    for (let count = READ_AT_ONCE; count === READ_AT_ONCE; replayed += count) {
      const aside = await this.repository.asideAfter(name, '', READ_AT_ONCE);
      await this.repository.sendAside(name, aside);
      this.webhooks.wake();
      count = aside.length;
    }
    return { replayed };
  }

  /** @throws AppError INVALID_FIELD for a webhook that the settings do not name. */
  mustBeKnown(name: string): void {
    if (!this.webhooks.receivers.some((receiver) => receiver.name === name))
      throw new AppError('INVALID_FIELD', { message: 'There is no webhook of that name.' });
  }

  private async stateOf({ name, url, events, channels }: WebhookReceiver): Promise<WebhookState> {
    const { repository } = this;
    const lines = (['channels', 'users', 'again'] as const).map((of) => ({ name, of }));
    const [[waiting, usersWaiting, again], since, aside, setAside] = await Promise.all([
      Promise.all(lines.map((line) => repository.waiting(line))),
      Promise.all(lines.map((line) => repository.failingSince(line))),
      repository.listAside(name, SHOWN),
      repository.countAside(name),
    ]);
    const known = since.filter((ms) => ms !== undefined);
    const failingSince = known.length === 0 ? undefined : Math.min(...known);
    return {
      ...{ name, waiting: waiting!, aside: aside.map(shown) },
      more: {
        ...{ origin: url.origin, events, channels, usersWaiting: usersWaiting!, again: again! },
        ...{ setAside, failingSince },
      },
    };
  }

  private async asideOf(name: string, id: string): Promise<ListedAside | undefined> {
    let place = '';
    for (;;) {
      const aside = await this.repository.asideAfter(name, place, READ_AT_ONCE);
      const found = aside.find((each) => each.id === id);
      if (found !== undefined || aside.length < READ_AT_ONCE) return found;
      place = aside.at(-1)!.place;
    }
  }
}

const shown = ({ log, seq, reason, id }: ListedAside) => ({ channelUUID: log, seq, reason, id });

function numberIn(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AppError('INVALID_FIELD', { message: 'cursor: expected that of the answer before' });
}
