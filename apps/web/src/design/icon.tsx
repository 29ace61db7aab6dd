/** Drawn on a grid of 24 with a line of 1.75, so that all look alike. */
const SHAPES = {
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5',
  send: 'M5 12h13M12 5.500l6.5 6.5-6.5 6.5',
  reply: 'M9 6l-5 5 5 5M4 11h9a6 6 0 0 1 6 6v1',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  bin: 'M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7M10.5 10.500v6M13.5 10.500v6',
  smile: 'M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.5 14a4 4 0 0 0 7 0M9 9.500v.5M15 9.500v.5',
  more: 'M12 4.5a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM12 11a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM12 17.5a1 1 0 1 0 0 2 1 1 0 0 0 0-2z',
  people:
    'M9 5a3.25 3.25 0 1 0 0 6.500A3.25 3.25 0 0 0 9 5zM3 19a6 6 0 0 1 12 0M15.5 5.300a3.25 3.25 0 0 1 0 5.900M17 13.500a6 6 0 0 1 4 5.5',
  lock: 'M6 11h12v8.500H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  down: 'M12 5v13M5.5 12l6.5 6.5 6.5-6.5',
  clock: 'M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.500V12l3 2',
  check: 'M5 12.500l4.5 4.500L19 7',
  checks: 'M2 12.500l4.5 4.500L15 8M11 16l1.5 1L22 7.5',
  alert: 'M12 4L2.5 20h19zM12 10v4.500M12 17v.5',
  globe:
    'M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM3.5 12h17M12 3.500c5 5 5 12 0 17M12 3.500c-5 5-5 12 0 17',
} as const;

export type IconName = keyof typeof SHAPES;

/** A picture beside or in place of a text that says the same: it is never read out. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} />
    </svg>
  );
}
