import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AUTHENTICATOR, Bearers } from './authenticator.js';
import { BearerTokens } from './bearer-tokens.js';
import { ChangesController } from './changes.controller.js';
import { ChannelsController } from './channels.controller.js';
import { ContactsController } from './contacts.controller.js';
import { DocsController } from './docs.controller.js';
import { DocumentController } from './document.controller.js';
import { MembersController } from './members.controller.js';
import { MessagesController } from './messages.controller.js';
import { AdminController } from './operators/admin.controller.js';
import { ApiKeys } from './operators/api-keys.js';
import { ByKey } from './operators/by-key.js';
import { ExportController } from './operators/export.controller.js';
import { KeysController } from './operators/keys.controller.js';
import { StatusController } from './operators/status.controller.js';
import { WebhooksController } from './operators/webhooks.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { SessionsController } from './sessions.controller.js';
import { UsersController } from './users.controller.js';

/** The REST API. What it shares with the sockets, the application's module exports to it. */
@Module({})
export class RestModule {
  static forRoot(): DynamicModule {
    return {
      module: RestModule,
      controllers: [
        DocumentController,
        DocsController,
        UsersController,
        SessionsController,
        MessagesController,
        ChangesController,
        ChannelsController,
        MembersController,
        ContactsController,
        KeysController,
        AdminController,
        WebhooksController,
        StatusController,
        ExportController,
      ],
      providers: [
        ApiKeys,
        BearerTokens,
        ByKey,
        { provide: AUTHENTICATOR, useClass: Bearers },
        // Its place behind the kit's module makes it the first to be asked.
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
