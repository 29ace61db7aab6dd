import type { Ask, PageOptions, Payload } from './answer.js';

/** The user's contacts, and those whose private messages the user refuses. Each change is answered with the first page. */
export class Contacts {
  constructor(private readonly ask: Ask) {}

  /** Those added last come first. */
  list(options: PageOptions = {}): Promise<Payload<'contacts'>> {
    return this.ask('contacts', { type: 'contacts', contacts: options });
  }

  /** @throws ChatError USER_NOT_FOUND, LIMIT_REACHED. */
  add(userUUID: string): Promise<Payload<'contacts'>> {
    return this.change('contactAdd', userUUID);
  }

  remove(userUUID: string): Promise<Payload<'contacts'>> {
    return this.change('contactRemove', userUUID);
  }

  /** Refuses the user's private messages from now on. */
  block(userUUID: string): Promise<Payload<'contacts'>> {
    return this.change('block', userUUID);
  }

  unblock(userUUID: string): Promise<Payload<'contacts'>> {
    return this.change('unblock', userUUID);
  }

  private change(type: string, userUUID: string): Promise<Payload<'contacts'>> {
    return this.ask('contacts', { type, [type]: { userUUID } }, { lane: { kind: 'contacts' } });
  }
}
