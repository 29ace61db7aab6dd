import type { Provider } from '@nestjs/common';
import type { AuthSettings } from '../config.js';
import { AnnouncementsService } from './announcements.service.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { AUDIT_ENTRIES, AuditRepository } from './audit.repository.js';
import { BotsService } from './bots.service.js';
import { ByKey } from './by-key.service.js';
import { KeyOpening } from './key-opening.service.js';
import { KeysService } from './keys.service.js';
import { KnownUsers } from './known-users.js';

/** What answers about keys of operators and bots. */
export const keyProviders = ({ KEY_AUDIT_ENTRIES }: AuthSettings): Provider[] => [
  AnnouncementsService,
  ApiKeyRepository,
  AuditRepository,
  BotsService,
  ByKey,
  KeyOpening,
  KeysService,
  KnownUsers,
  { provide: AUDIT_ENTRIES, useValue: KEY_AUDIT_ENTRIES },
];
