import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { REDIS, ServiceKitModule } from '@parley/service-kit';
import type { UsersSettings } from './config.js';
import { ContactsController } from './contacts/contacts.controller.js';
import { ContactsRepository, LIST_BOUNDS, type ListBounds } from './contacts/contacts.repository.js';
import { ContactsService } from './contacts/contacts.service.js';
import { DIRECTORY } from './directory/directory.js';
import { DirectoryRepository } from './directory/directory.repository.js';
import { DirectoryCopies } from './directory/directory-copies.js';
import { DirectoryCopying } from './directory/directory-copying.js';
import { DirectorySlots } from './directory/directory-slots.js';
import { LeaseWatch } from './lease-watch.js';
import { AlikeIndexing } from './names/alike-indexing.js';
import { PRESENCE } from './presence.js';
import { PresenceService } from './presence.service.js';
import { PresenceSlots } from './presence-slots.js';
import { PRESENCE_TIMES, presenceTimes } from './presence-times.js';
import { ProfilesRepository } from './profiles/profiles.repository.js';
import { PurgeController } from './purge.controller.js';
import { BROADCAST_USERS, Reach } from './reach.js';
import { UsersKeys } from './redis/keys.js';
import { NameIndex } from './search/name-index.js';
import { NameNoting } from './search/name-noting.js';
import { SearchService } from './search/search.service.js';
import {
  DIRECTORY_CHOICE,
  directoryInOne,
  type OneSlot,
  PRESENCE_CHOICE,
  presenceInOne,
  SlotChoice,
} from './slots-in-use.js';
import { UserEventKinds } from './user-events/user-event-kinds.js';
import { UserEventsController } from './user-events/user-events.controller.js';
import { UserEventsRepository } from './user-events/user-events.repository.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

/** Wires the users service. */
@Module({})
export class AppModule {
  static forRoot(settings: UsersSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceKitModule.forRoot({ service: 'users', settings, calls: [] })],
      controllers: [ContactsController, PurgeController, UserEventsController, UsersController],
      providers: [
        UserEventKinds,
        UserEventsRepository,
        UsersService,
        PresenceService,
        ContactsService,
        ContactsRepository,
        Reach,
        LeaseWatch,
        AlikeIndexing,
        NameIndex,
        NameNoting,
        SearchService,
        ProfilesRepository,
        DirectoryRepository,
        DirectoryCopies,
        DirectoryCopying,
        { provide: DIRECTORY, useClass: DirectorySlots },
        { provide: PRESENCE, useClass: PresenceSlots },
        ...fromSettings(settings),
      ],
    };
  }
}

/** What the classes of the service take from its settings. */
function fromSettings(settings: UsersSettings): Provider[] {
  const bounds: ListBounds = { contacts: settings.CONTACTS_PER_USER, blocked: settings.BLOCKED_PER_USER };
  return [
    { provide: LIST_BOUNDS, useValue: bounds },
    { provide: UsersKeys, useValue: new UsersKeys(settings.REDIS_PREFIX) },
    { provide: PRESENCE_TIMES, useValue: presenceTimes(settings.PRESENCE_LEASE_SECONDS) },
    slotChoice(PRESENCE_CHOICE, presenceInOne, settings),
    slotChoice(DIRECTORY_CHOICE, directoryInOne, settings),
    { provide: BROADCAST_USERS, useValue: settings.PRESENCE_BROADCAST_USERS },
  ];
}

/** Which slots presence or the directory uses. */
const slotChoice = (
  provide: symbol,
  inOne: (redis: RedisConnection, keys: UsersKeys) => OneSlot,
  settings: UsersSettings,
): Provider => ({
  provide,
  inject: [REDIS, UsersKeys],
  useFactory: (redis: RedisConnection, keys: UsersKeys) =>
    new SlotChoice(redis, inOne(redis, keys), settings.USERS_SLOTS === 'many'),
});
