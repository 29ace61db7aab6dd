import { integerSetting } from '@parley/service-kit';
import { namesPrivateAddress, readSigningKeys } from '@parley/signed-http';
import { z } from 'zod';

/** The kinds of channels that hooks are asked about. */
export const HOOKED_KINDS = ['general', 'private', 'group'] as const;
const EXPECTED_KINDS = `expected some of ${HOOKED_KINDS.join(',')}, separated by commas`;
const EXPECTED_URL = 'expected https://… without a user';

const urlSetting = () =>
  z
    .string()
    .transform((text, context) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      const isRight = /^https?:$/.test(url?.protocol ?? '') && url?.username === '' && url.password === '';
      if (isRight) return url;
      context.addIssue(EXPECTED_URL);
      return z.NEVER;
    })
    .optional();

const onFailureSetting = () => z.enum(['reject', 'allow'], 'expected reject or allow').default('reject');

/** What this service reads from the environment about hooks. */
export const hookSettings = {
  HOOK_BEFORE_SEND_URL: urlSetting().describe(
    'Endpoint that is asked before a message is stored, and before one is edited; without it nobody is',
  ),
  HOOK_BEFORE_SEND_ON_FAILURE: onFailureSetting().describe(
    'What happens to a message where that endpoint does not answer as it should: reject refuses it with UNAVAILABLE, allow stores it as it is',
  ),
  HOOK_AUTHORISE_URL: urlSetting().describe(
    'Endpoint that is asked before a user joins a channel or subscribes to it, makes a group, gives one another name or topic, or invites to one; without it nobody is',
  ),
  HOOK_AUTHORISE_ON_FAILURE: onFailureSetting().describe(
    'The same for these: reject refuses with UNAVAILABLE, allow goes on',
  ),
  HOOK_KEYS: z
    .string()
    .transform((text, context) => {
      try {
        return readSigningKeys(text);
      } catch (error) {
        context.addIssue((error as Error).message);
        return z.NEVER;
      }
    })
    .optional()
    .describe(
      'Secrets that calls of hooks are signed with, `id:whsec_…,id:whsec_…`: by each, so that a new one can be added before the old one goes; required with a hook',
    ),
  HOOK_CHANNELS: z
    .string()
    .transform((text, context) => {
      const kinds = text.split(',').map((kind) => z.enum(HOOKED_KINDS).safeParse(kind.trim()).data);
      if (kinds.every((kind) => kind !== undefined)) return kinds;
      context.addIssue(EXPECTED_KINDS);
      return z.NEVER;
    })
    .prefault(HOOKED_KINDS.join(','))
    .describe('Kinds of channels that hooks are asked about'),
  HOOK_DEADLINE_MS: integerSetting(50, 30_000, 2_000).describe(
    'Time within which a hook must have answered, in milliseconds; at most half of REQUEST_DEADLINE_MS',
  ),
  HOOK_CALLS_WAITING: integerSetting(1, 400, 128).describe(
    'Calls of hooks that one replica has under way at most; above that, requests that ask a hook are refused with OVERLOADED',
  ),
  HOOK_CALLS_PER_USER: integerSetting(1, 400, 8).describe(
    'Of these calls, those about what one user does at most; above that, RATE_LIMITED, so that few users leave the others room',
  ),
  HOOK_BYTES_WAITING: integerSetting(65_536, 1_073_741_824, 4_194_304).describe(
    'Bytes of these calls at most; above that, OVERLOADED too',
  ),
  HOOK_PRIVATE_ADDRESSES: z
    .enum(['refuse', 'allow'], 'expected refuse or allow')
    .default('refuse')
    .describe(
      'Whether the endpoints of hooks may have addresses that are not public, and http: instead of https:',
    ),
};

type HookSettings = z.output<z.ZodObject<typeof hookSettings>>;

/** What is wrong with the settings of hooks together: one text for each fault, without any value. */
export function hookFaults(settings: HookSettings & { readonly REQUEST_DEADLINE_MS: number }): string[] {
  const urls = [
    ['HOOK_BEFORE_SEND_URL', settings.HOOK_BEFORE_SEND_URL] as const,
    ['HOOK_AUTHORISE_URL', settings.HOOK_AUTHORISE_URL] as const,
  ].filter((entry): entry is [(typeof entry)[0], URL] => entry[1] !== undefined);
  if (urls.length === 0) return [];
  const isPublicOnly = settings.HOOK_PRIVATE_ADDRESSES === 'refuse';
  const isInside = (url: URL) => url.protocol === 'http:' || namesPrivateAddress(url);
  const inside = isPublicOnly ? urls.filter(([, url]) => isInside(url)) : [];
  return [
    ...inside.map(
      ([name]) => `${name}: expected https:// and a public address, or HOOK_PRIVATE_ADDRESSES=allow`,
    ),
    ...(settings.HOOK_KEYS === undefined ? ['HOOK_KEYS: expected keys, since there is a hook'] : []),
    ...(settings.HOOK_DEADLINE_MS * 2 > settings.REQUEST_DEADLINE_MS
      ? ['HOOK_DEADLINE_MS: expected at most half of REQUEST_DEADLINE_MS']
      : []),
  ];
}
