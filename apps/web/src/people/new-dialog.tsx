import { Tabs } from '@base-ui/react/tabs';
import type { User } from '@parley/protocol';
import { show } from '../conversations/route.js';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { CreateGroup } from '../groups/create-group.js';
import { PublicGroups } from '../groups/public-groups.js';
import { PeopleSearch } from './people-search.js';

const TABS = [
  ['people', 'People'],
  ['groups', 'Public groups'],
  ['create', 'New group'],
] as const;

/** How a conversation begins: with a person, in a public group, or in a group of one's own. */
export default function NewDialog({ close }: { readonly close: () => void }) {
  const write = ({ UUID }: User) => {
    show({ kind: 'private', partner: UUID });
    close();
  };
  return (
    <Dialog title="New conversation" close={close}>
      <Tabs.Root defaultValue="people">
        <Tabs.List className="tabs">
          {TABS.map(([value, name]) => (
            <Tabs.Tab key={value} value={value} className="tab">
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="people" className="tab-panel">
          <PeopleSearch label="Find people" choice={(user) => <Write user={user} write={write} />} />
        </Tabs.Panel>
        <Tabs.Panel value="groups" className="tab-panel">
          <PublicGroups close={close} />
        </Tabs.Panel>
        <Tabs.Panel value="create" className="tab-panel">
          <CreateGroup close={close} />
        </Tabs.Panel>
      </Tabs.Root>
    </Dialog>
  );
}

function Write({ user, write }: { readonly user: User; readonly write: (user: User) => void }) {
  return (
    <Button onClick={() => write(user)} aria-label={`Write to ${user.Username}`}>
      Write
    </Button>
  );
}
