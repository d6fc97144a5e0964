import type { Locator } from '@playwright/test';

/** The words in a table's cells, row by row, the head first. One question for a table of hundreds of rows. */
export function readTable(table: Locator): Promise<string[][]> {
  return table.evaluate((element) =>
    Array.from((element as HTMLTableElement).rows, (row) =>
      Array.from(row.cells, (cell) => cell.textContent.trim()),
    ),
  );
}
