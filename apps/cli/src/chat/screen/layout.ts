/** How the screen is divided, in rows and columns. */
export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** The list of conversations; 0: the screen is too narrow for one. */
  readonly listColumns: number;
  readonly messageColumns: number;
  readonly messageRows: number;
  readonly draftRows: number;
}

/** The heading, who is writing, and the line of hints. */
const FIXED_ROWS = 3;
/** What the draft may take at most, as a part of the screen. */
const DRAFT_PART = 3;
const LIST_PART = 4;
const LIST_LEAST = 14;
const LIST_MOST = 28;
/** Below that, the list gives its place to the messages. */
const NARROW = 50;
const GAP = 2;

/**
 * Divides a screen. One row stays empty: with it, a terminal would scroll, and Ink would draw everything again each time.
 * @param draftLines how many lines the draft needs.
 */
export function layoutOf(columns: number, rows: number, draftLines: number): Layout {
  const usable = Math.max(rows - 1, 1);
  const draftRows = Math.max(Math.min(draftLines, Math.floor(usable / DRAFT_PART)), 1);
  const wanted = Math.min(Math.max(Math.floor(columns / LIST_PART), LIST_LEAST), LIST_MOST);
  const listColumns = columns < NARROW ? 0 : wanted;
  return {
    columns,
    rows: usable,
    listColumns,
    messageColumns: Math.max(columns - (listColumns === 0 ? 0 : listColumns + GAP), 2),
    messageRows: Math.max(usable - FIXED_ROWS - draftRows, 1),
    draftRows,
  };
}
