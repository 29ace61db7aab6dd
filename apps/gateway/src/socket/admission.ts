import { clientNetwork } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { unsignedConnections } from '../metrics.js';

/** How many connections may be here. */
export interface AdmissionOptions {
  readonly maxConnections: number;
  /** Of one address, an IPv6 /64 counting as one; 0: no limit. */
  readonly perAddress: number;
  /** Of one user; 0: no limit. */
  readonly perUser: number;
}

/** A connection, as the admission sees it. */
export interface Guest {
  readonly address: string;
  /** Others are let in its place: it is closed with 4003. */
  giveWay(): void;
}

/** The guests from one address. */
interface Party {
  readonly network: string;
  total: number;
  /** Those who are not signed in, the one who has waited longest first; none: no set, for most have none. */
  waiting: Set<Guest> | undefined;
}

/** The share of all connections that may be without a session. */
export const UNSIGNED_SHARE = 1 / 4;

/**
 * Who may be connected: so many in all, so many of one address, so many of one user, and at most a quarter of all without a
 * session. Past that quarter the longest-waiting of the address that has most of them gives way, so that those who never sign in
 * keep nobody out.
 */
export class Admission {
  /** Each guest with its party, so that the network of an address is found out once. */
  private readonly guests = new Map<Guest, Party>();
  private readonly parties = new Map<string, Party>();
  /** The parties by the number of their waiting guests, so that the largest is found at once. */
  private readonly bySize = new Map<number, Set<Party>>();
  private largest = 0;
  private waitingGuests = 0;
  private readonly users = new Map<string, number>();
  private readonly mostWaiting: number;

  constructor(private readonly options: AdmissionOptions) {
    this.mostWaiting = Math.max(1, Math.floor(options.maxConnections * UNSIGNED_SHARE));
  }

  /** Connections without a session. */
  get waiting(): number {
    return this.waitingGuests;
  }

  /** Why one more connection of this address may not come in; undefined: it may. */
  refusal(address: string): 'full' | 'address' | undefined {
    const { maxConnections, perAddress } = this.options;
    if (this.guests.size >= maxConnections) return 'full';
    const total = perAddress === 0 ? -1 : (this.parties.get(clientNetwork(address))?.total ?? 0);
    return total >= perAddress ? 'address' : undefined;
  }

  /** A guest has come in, without a session. */
  enter(guest: Guest): void {
    const party = this.partyFrom(guest.address);
    party.total += 1;
    this.guests.set(guest, party);
    this.wait(guest);
  }

  /** The guest is gone, or on its way out. */
  leave(guest: Guest): void {
    const party = this.guests.get(guest);
    if (party === undefined) return;
    this.stopWaiting(guest);
    this.guests.delete(guest);
    party.total -= 1;
    if (party.total === 0) this.parties.delete(party.network);
  }

  /** From now on the guest has no session, and may have to give way. */
  wait(guest: Guest): void {
    const party = this.guests.get(guest);
    if (party === undefined || party.waiting?.has(guest)) return;
    party.waiting ??= new Set();
    party.waiting.add(guest);
    this.resize(party, party.waiting.size - 1);
    this.waitingGuests += 1;
    unsignedConnections.inc();
    if (this.waitingGuests > this.mostWaiting) this.makeRoom();
  }

  /** From now on the guest has a session. */
  stopWaiting(guest: Guest): void {
    const party = this.guests.get(guest);
    if (!party?.waiting?.delete(guest)) return;
    this.waitingGuests -= 1;
    unsignedConnections.dec();
    this.resize(party, party.waiting.size + 1);
    if (party.waiting.size === 0) party.waiting = undefined;
  }

  /**
   * Counts one more connection of a user.
   * @throws AppError LIMIT_REACHED when the user has as many as are allowed.
   */
  claim(userUUID: string): void {
    const count = this.users.get(userUUID) ?? 0;
    const { perUser } = this.options;
    if (perUser > 0 && count >= perUser)
      throw new AppError('LIMIT_REACHED', {
        message: `The user has ${perUser} connections to this server, which is as many as are allowed.`,
      });
    this.users.set(userUUID, count + 1);
  }

  /** Counts one connection of a user less. */
  unclaim(userUUID: string): void {
    const count = this.users.get(userUUID) ?? 0;
    if (count > 1) this.users.set(userUUID, count - 1);
    else this.users.delete(userUUID);
  }

  private makeRoom(): void {
    const [party] = this.bySize.get(this.largest) ?? [];
    const [longest] = party?.waiting ?? [];
    if (longest === undefined) return;
    this.leave(longest);
    longest.giveWay();
  }

  private partyFrom(address: string): Party {
    const network = clientNetwork(address);
    const known = this.parties.get(network);
    if (known !== undefined) return known;
    const party: Party = { network, total: 0, waiting: undefined };
    this.parties.set(network, party);
    return party;
  }

  /** Files a party under the number of its waiting guests, which has changed by one. */
  private resize(party: Party, before: number): void {
    const size = party.waiting?.size ?? 0;
    const old = this.bySize.get(before);
    old?.delete(party);
    if (old?.size === 0) this.bySize.delete(before);
    if (size > 0) {
      const sameSize = this.bySize.get(size);
      if (sameSize === undefined) this.bySize.set(size, new Set([party]));
      else sameSize.add(party);
    }
    if (size > this.largest || (before === this.largest && !this.bySize.has(before))) this.largest = size;
  }
}
