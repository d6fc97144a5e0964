import type { Page } from '@playwright/test';
import type { Failure } from '../src/core/errors';
import type { FileInMemory } from './material/file-in-memory';

interface ModelOptions {
  readonly backboneEnd?: string;
  readonly keepHead?: boolean;
}

/** Gives files to `thaw.loadBackbone`. @returns what it rejects with, null where it does not */
export function loadModelByScript(
  page: Page,
  files: readonly FileInMemory[],
  options: ModelOptions = {},
): Promise<Failure | null> {
  return page.evaluate(
    async ({ files, options }) => {
      const asFiles = files.map(({ name, base64 }) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        return new File([bytes], name);
      });
      return window.thaw.loadBackbone({ kind: 'files', files: asFiles, ...options }).then(
        () => null,
        ({ code, message }: Failure) => ({ code, message }),
      );
    },
    { files: files.map(({ name, buffer }) => ({ name, base64: buffer.toString('base64') })), options },
  );
}
