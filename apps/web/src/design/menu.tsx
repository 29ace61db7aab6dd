import { Menu as Base } from '@base-ui/react/menu';
import { Icon } from './icon.js';

export interface MenuEntry {
  readonly text: string;
  readonly act: () => void;
  readonly isDangerous?: boolean;
}

interface MenuProps {
  /** What the menu is about: read out. */
  readonly label: string;
  readonly entries: readonly MenuEntry[];
}

/** A button that opens a list of things to do. Nothing if there is nothing to do. */
export function Menu({ label, entries }: MenuProps) {
  if (entries.length === 0) return null;
  return (
    <Base.Root>
      <Base.Trigger className="icon-button" aria-label={label} title={label}>
        <Icon name="more" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="menu-place" align="end" sideOffset={4}>
          <Base.Popup className="menu">
            {entries.map(({ text, act, isDangerous }) => (
              <Base.Item key={text} className="menu-item" data-danger={isDangerous} onClick={act}>
                {text}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
