import { Inject, Injectable } from '@nestjs/common';
import type { ProvisionedUser, ProvisionReply } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { ExternalUsers } from './external-users.js';
import { BOT_ISSUER, externalOf, ISSUER_RULES, type IssuerRules } from './issuer-rules.js';
import { shownProfile } from './said-profile.js';
import { isSubject, SUBJECT_EXPECTED } from './subject.js';

/** Creates users of an identity provider before they sign in. */
@Injectable()
export class Provisioning {
  constructor(
    private readonly users: ExternalUsers,
    @Inject(ISSUER_RULES) private readonly rules: IssuerRules,
  ) {}

  /**
   * Creates a user, or renames one who exists, and shows the name and picture that are given. Idempotent.
   * @param requestKey names the request: the same each time it is handled, and different for every other request.
   * @throws AppError INVALID_FIELD, FORBIDDEN
   */
  provision(
    { name, displayName, picture, ...asked }: ProvisionedUser,
    requestKey: string,
  ): Promise<ProvisionReply> {
    if (!isSubject(asked.subject))
      throw new AppError('INVALID_FIELD', { message: `subject: ${SUBJECT_EXPECTED}` });
    const external = externalOf(asked, this.rules);
    if (external.issuer === BOT_ISSUER)
      throw new AppError('FORBIDDEN', { message: 'Bots are made with their keys.' });
    const names = name === undefined ? [] : [name];
    const shown = shownProfile(displayName, picture);
    if (picture !== undefined && shown.Picture === undefined)
      throw new AppError('INVALID_FIELD', { message: 'picture: expected an https: address' });
    return this.users.ensure({ ...external, names, shown }, requestKey);
  }
}
