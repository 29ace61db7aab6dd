import { IconButton } from './design/button.js';
import { useChat, useStore } from './parley.js';

/** What the page says in passing. Both regions are there from the start: a region that appears with its text may not be heard. */
export function NoticeBar() {
  const { notices } = useChat();
  const shown = useStore(notices.shown);
  const heard = useStore(notices.heard);
  return (
    <>
      <div className="notice-place" role="status">
        {shown && (
          <div className="notice" data-kind={shown.kind} key={shown.id}>
            <span>{shown.text}</span>
            <IconButton icon="close" label="Dismiss" onClick={notices.dismiss} />
          </div>
        )}
      </div>
      <div className="heard-only" role="log" aria-label="New messages" aria-live="polite">
        {/* An element of its own: two messages may have the same text. */}
        <p key={heard.id}>{heard.text}</p>
      </div>
    </>
  );
}
