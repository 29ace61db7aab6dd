import { type RefObject, useEffect, useRef } from 'react';
import type { Account } from './account/account.js';
import { AccountContext } from './account/account-context.js';
import { SignInScreen } from './account/sign-in-screen.js';
import { ConnectionBanner } from './connection/connection-banner.js';
import { ConversationPane } from './conversations/conversation-pane.js';
import { placeIn } from './conversations/place.js';
import { useRoute } from './conversations/route.js';
import { Sidebar } from './conversations/sidebar.js';
import { Spinner } from './design/spinner.js';
import { NoticeBar } from './notice-bar.js';
import { ChatProvider, useInbox, useStore } from './parley.js';

export function App({ account }: { readonly account: Account }) {
  const signedIn = useStore(account.state);
  if (signedIn.kind === 'resuming') return <Splash />;
  if (signedIn.kind === 'out') return <SignInScreen account={account} notice={signedIn.notice} />;
  return (
    <AccountContext value={account}>
      <ChatProvider chat={signedIn.chat}>
        <Shell />
      </ChatProvider>
    </AccountContext>
  );
}

function Splash() {
  return (
    <main className="splash">
      <h1 className="heard-only">Parley</h1>
      <Spinner label="Connecting" />
    </main>
  );
}

/** The list and the open conversation side by side; on a narrow screen, one of them. */
function Shell() {
  const place = placeIn(useRoute());
  const page = useRef<HTMLElement>(null);
  useTitle();
  useFirstFocus(page);
  return (
    <main className="shell" data-open={place !== undefined} ref={page}>
      <h1 className="heard-only">Parley</h1>
      <ConnectionBanner />
      <Sidebar />
      <ConversationPane place={place} />
      <NoticeBar />
    </main>
  );
}

/** The form is gone: a keyboard user goes on at the list. After a reload the focus stays where a page begins. */
function useFirstFocus(page: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const isLost = document.activeElement === document.body && navigator.userActivation.hasBeenActive;
    if (isLost) page.current!.querySelector<HTMLElement>('.me')!.focus();
  }, [page]);
}

/** The tab's title says how many conversations have something new. */
function useTitle(): void {
  const { all } = useInbox();
  const unread = [...all.values()].filter((conversation) => conversation.unread > 0).length;
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Parley` : 'Parley';
    return () => {
      document.title = 'Parley';
    };
  }, [unread]);
}
